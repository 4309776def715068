# Sourced by process 1 after the root is mounted: what a machine has mounted before anything of it starts.
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
