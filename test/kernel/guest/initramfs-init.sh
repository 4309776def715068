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

# The tags begin with "share-" because busybox takes a mount source that names a file here for an image.
# cache=loose keeps what was read; the results must reach the host at once instead, so they are not cached.
ninep=trans=virtio,version=9p2000.L,msize=512000
mount -t 9p -o "ro,$ninep,cache=loose" share-root /lower
mount -t 9p -o "$ninep,cache=none" share-results /results
mount -t tmpfs -o mode=755 tmpfs /upper
mkdir /upper/changes /upper/work
mount -t overlay -o lowerdir=/lower,upperdir=/upper/changes,workdir=/upper/work overlay /root

tab=$(printf '\t')
while IFS=$tab read -r tag path; do
	mkdir -p "/root$path"
	mount -t 9p -o "ro,$ninep,cache=loose" "$tag" "/root$path"
done </results/.harness/shares
mkdir -p /root/results
mount -o move /results /root/results

for name in proc sys dev; do
	mkdir -p "/root/$name"
	mount -o move "/$name" "/root/$name"
done
read -r init </root/results/.harness/init
exec switch_root /root /bin/sh "$init"
