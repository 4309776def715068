# Where limits are set, against what the kernel shows: a sysctl file that the boot reads before the module loads,
# the same with the udev rule, and the ladder of a host under load against sysctl, ss and /proc.
MAX=net.netfilter.nf_conntrack_max
FILE=/etc/sysctl.d/90-ctdiag-test.conf
# What stands in the root that was lent to us is not the guest's.
rm -f /etc/sysctl.d/*.conf /etc/udev/rules.d/*conntrack*
mkdir -p /etc/sysctl.d /etc/udev/rules.d

not_loaded() {
	[ ! -e /proc/sys/net/netfilter/nf_conntrack_max ]
}

looked_at() {
	local code=0
	ctdiag diagnose --source counters --duration 3s --format json >"$RESULTS/$1.json" || code=$?
	echo "$code" >"$RESULTS/$1-exit"
	ctdiag limits --format json >"$RESULTS/$1-limits.json"
	ctdiag limits >"$RESULTS/$1-limits.txt"
	sysctl -n $MAX >"$RESULTS/$1.max"
}

modprobe -r nf_conntrack 2>/dev/null || true
wait_for 20 'nf_conntrack is not loaded' not_loaded
sysctl -n net.core.somaxconn net.ipv4.tcp_max_tw_buckets net.ipv4.tcp_max_orphans >"$RESULTS/others"

# What the boot does: the files are read, and the module comes later.
printf '# ours\n%s = 131072\n' "$MAX" >$FILE
sysctl --system >"$RESULTS/boot.out" 2>&1 || true
modprobe nf_conntrack
looked_at lost

# The fix of the finding, pasted; then the module is loaded anew.
ctdiag diagnose "--source" counters --duration 2s --format json >"$RESULTS/fix.json" || true
node -e '
	const { findings } = JSON.parse(require("fs").readFileSync(process.argv[1], "utf8"));
	const one = findings.find((each) => each.code === "sysctl-not-persistent");
	process.stdout.write(one.fixes[0].persist + "\n");
' "$RESULTS/fix.json" >"$RESULTS/persist.sh"
sh -e "$RESULTS/persist.sh"
modprobe -r nf_conntrack
wait_for 20 'nf_conntrack is not loaded' not_loaded
udevd=$(command -v /lib/systemd/systemd-udevd /usr/lib/systemd/systemd-udevd | head -1 || true)
if [ -n "$udevd" ]; then
	"$udevd" --daemon >"$RESULTS/udevd.out" 2>&1
	modprobe nf_conntrack
	wait_for 60 'udev applies the sysctl files' eval "[ \"\$(sysctl -n $MAX)\" = 131072 ]"
	looked_at held
else
	echo 'no udev in this root' >"$RESULTS/held.skipped"
	modprobe nf_conntrack
fi

# The ladder of a server that is used, against the oracles.
topology_up host
track_connections
background holder $IN_CLIENT sleep infinity
start_server broker --listen "$SERVER:1883" --backlog 64 --nofile 4096
start_client clients --to "$SERVER:1883" --count 300
wait_client 120 clients
ctdiag limits --port 1883 --format json >"$RESULTS/ladder.json"
ctdiag limits --port 1883 >"$RESULTS/ladder.txt"
{
	echo "count $(conntrack_count)"
	echo "max $(sysctl -n $MAX)"
	echo "file-max $(sysctl -n fs.file-max)"
	echo "tw $(sysctl -n net.ipv4.tcp_max_tw_buckets)"
	echo "somaxconn $(sysctl -n net.core.somaxconn)"
	echo "fds $(ls "/proc/$(pid_of broker)/fd" | wc -l)"
	echo "nofile $(awk '/Max open files/ { print $4 }' "/proc/$(pid_of broker)/limits")"
	ss -Hltn 'sport = :1883' | awk '{ print "backlog " $3 }'
} >"$RESULTS/oracles"
stop clients
stop broker
