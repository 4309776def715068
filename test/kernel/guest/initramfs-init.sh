#!/bin/busybox sh
# First program of the guest: loads what the root needs, mounts the root with a throw-away layer above it,
# then the shares that vm.ts lists, and hands over to the harness init. When it fails the kernel panics,
# reboots, and QEMU's -no-reboot ends the run with no exit code written.
set -eu
/bin/busybox mkdir -p /bin /sbin /usr/bin /usr/sbin
/bin/busybox --install -s

mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
while read -r module; do
	insmod "$module"
done </modules/order

# mount_share TAG FOLDER ro|rw
# The tags begin with "share-" because busybox takes a mount source that names a file here for an image.
# What is read-only is kept once it was read; the results must reach the host at once instead, so they are not.
# virtiofs is told by its daemon how to cache.
read -r transport </modules/transport
mount_share() {
	case $transport:$3 in
	9p:ro) mount -t 9p -o ro,trans=virtio,version=9p2000.L,msize=512000,cache=loose "$1" "$2" ;;
	9p:rw) mount -t 9p -o trans=virtio,version=9p2000.L,msize=512000,cache=none "$1" "$2" ;;
	virtiofs:*) mount -t virtiofs -o "$3" "$1" "$2" ;;
	esac
}

mount_share share-root /lower ro
mount_share share-results /results rw
mount -t tmpfs -o mode=755 tmpfs /upper
mkdir /upper/changes /upper/work
mount -t overlay -o lowerdir=/lower,upperdir=/upper/changes,workdir=/upper/work overlay /root

tab=$(printf '\t')
while IFS=$tab read -r tag path; do
	mkdir -p "/root$path"
	mount_share "$tag" "/root$path" ro
done </results/.harness/shares
mkdir -p /root/results
mount -o move /results /root/results

for name in proc sys dev; do
	mkdir -p "/root/$name"
	mount -o move "/$name" "/root/$name"
done
read -r init </root/results/.harness/init
exec switch_root /root /bin/sh "$init"
