# `ctdiag doctor --prove` against what the kernel counted, read by others, and what it leaves on the host: nothing.

# What must be as it was.
host_state() {
	nstat -asz | sort
	sysctl net.ipv4.tcp_syncookies net.ipv4.ip_local_port_range
	ip rule
	ip -brief link
	nft list ruleset
	cut -d' ' -f1 /proc/modules | sort
}

# of_load : the pid of the load, once it is in a namespace of its own.
of_load() {
	local pid
	for pid in $(pgrep -f 'prove-load$'); do
		[ "$(readlink "/proc/$pid/ns/net")" = "$(readlink /proc/self/ns/net)" ] || echo "$pid"
	done
}

load_runs() {
	[ -n "$(of_load)" ]
}

# other_namespaces : network namespaces of processes, besides the host's; a process that has just gone has none.
other_namespaces() {
	readlink /proc/[0-9]*/ns/net | grep -vxF "$(readlink /proc/self/ns/net)" || true
}

nothing_runs() {
	! pgrep -f prove-load >/dev/null && ! pgrep -x bpftrace >/dev/null && [ -z "$(other_namespaces)" ]
}

# load_alone NAME : the load without probes; its report in $RESULTS/NAME.
load_alone() {
	mkfifo "/run/$1.in"
	exec 9<>"/run/$1.in"
	readlink /proc/self/ns/net | tr -dc 0-9 >&9
	echo >&9
	prlimit --nofile=128 -- unshare --net -- node "$CTDIAG_CHECKOUT/dist/cli.js" prove-load <&9 >"$RESULTS/$1"
	exec 9>&-
}

# Where no rule has ever been set, none is set: the modules for it would stay.
lsmod | grep -q nf_tables && fail 'nf_tables is loaded already'
load_alone untouched
lsmod | grep -q nf_tables && fail 'the load has loaded nf_tables'

modprobe -a nf_conntrack nf_tables nft_ct
modprobe nft_counter 2>/dev/null || true
unshare --net iptables -w -A OUTPUT -m conntrack --ctstate NEW -j ACCEPT

touch /run/marker
host_state >"$RESULTS/before"
background prove ctdiag doctor --prove
wait_for 400 'the load runs' load_runs
load=$(of_load)
# Holds the namespace until the load has ended, and reads then what the kernel counted there.
nsenter --net="/proc/$load/ns/net" sh -c "
	while kill -0 $load 2>/dev/null; do sleep 0.1; done
	nstat -asz >$RESULTS/load.nstat
	cat /proc/sys/net/netfilter/nf_conntrack_count >$RESULTS/load.entries
	nft list ruleset >$RESULTS/load.rules"
wait_end 120 prove
echo "$stopped" >"$RESULTS/prove.exit"
wait_for 30 'nothing is left of the proof' nothing_runs
host_state >"$RESULTS/after"
# Not deeper: these are the folders of the machine that the guest runs on.
find /run /tmp /var/lib /var/tmp /etc /root -xdev -maxdepth 2 -newer /run/marker -type f ! -name '*.pid' >"$RESULTS/new-files"

# Killed in the midst of its load.
background killed ctdiag doctor --prove
wait_for 400 'the load runs' load_runs
stop killed KILL
wait_for 30 'nothing is left after kill -9' nothing_runs
host_state >"$RESULTS/after-kill"

# Rules by iptables where there is no nft.
mount --bind /dev/null "$(command -v nft)"
load_alone by-iptables
