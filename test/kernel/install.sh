#!/bin/sh
# Installs what the kernel tests need on a Debian machine, and only what is missing, so that a second run
# neither asks the network nor changes anything. Needs root.
set -eu

# <command> <package that brings it>
missing=$(
	while read -r command package; do
		command -v "$command" >/dev/null 2>&1 || echo "$package"
	done <<-LIST
		qemu-system-x86_64 qemu-system-x86
		busybox busybox-static
		cpio cpio
		modprobe kmod
		xz xz-utils
		zstd zstd
		bpftrace bpftrace
		conntrack conntrack
		erl erlang-base
		ipvsadm ipvsadm
		nft nftables
		ip iproute2
		ethtool ethtool
		bpftool bpftool
		iptables iptables
		mount mount
		mkfs.ext4 e2fsprogs
		mkfs.btrfs btrfs-progs
		ps procps
		jq jq
		kubectl kubernetes-client
		promtool prometheus
		systemd-analyze systemd
		tmux tmux
		udevadm udev
		mmdebstrap mmdebstrap
		gcc gcc
		lintian lintian
		ssh openssh-client
		sshd openssh-server
	LIST
	# The load generator is linked statically, so the C library's archive is needed beside the compiler.
	[ -e /usr/include/stdio.h ] || echo libc6-dev
	[ -e /usr/lib/qemu/virtiofsd ] || [ -e /usr/libexec/virtiofsd ] || echo virtiofsd
)
[ -n "$missing" ] || exit 0

echo "installing" $missing >&2
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
# Word splitting is wanted: one argument a package.
# shellcheck disable=SC2086
apt-get install -qq --yes --no-install-recommends $missing
