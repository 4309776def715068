#!/bin/sh
# The guest's pid 1 after the root is mounted: makes the machine usable, runs one script, and powers off.
# Being pid 1 it adopts what the script leaves behind, as an init does, so orphans are really gone when dead.
set -eu
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

mount -t tmpfs -o mode=755 tmpfs /run
mount -t tmpfs -o mode=1777 tmpfs /tmp
mkdir -p /dev/pts /dev/shm
mount -t devpts -o mode=620,gid=5,ptmxmode=666 devpts /dev/pts
mount -t tmpfs -o mode=1777 tmpfs /dev/shm
# bpftrace 0.27 compiles through /dev/fd.
for link in fd:fd stdin:fd/0 stdout:fd/1 stderr:fd/2; do
	ln -snf "/proc/self/${link#*:}" "/dev/${link%%:*}"
done
mount -t tracefs tracefs /sys/kernel/tracing
mount -t debugfs debugfs /sys/kernel/debug
mount -t bpf bpf /sys/fs/bpf
mount -t cgroup2 cgroup2 /sys/fs/cgroup
ip link set lo up
hostname ctdiag-vm

harness=/results/.harness
# Shell assignments written by vm.ts.
. "$harness/environment"
export HOME=/root LANG=C.UTF-8 TERM=linux

echo 'ctdiag-vm: script starts' >/dev/console
setsid bash "$harness/script" </dev/null >/results/stdout 2>/results/stderr &
status=0
wait $! || status=$?
dmesg >/results/dmesg
echo "$status" >"$harness/exit-code.new"
mv "$harness/exit-code.new" "$harness/exit-code"
sync
echo "ctdiag-vm: script ended with $status" >/dev/console
mkfifo /run/never
echo o >/proc/sysrq-trigger
# The power-off takes a moment, and pid 1 must not end before it. No program can be started by then.
read -r _ </run/never
