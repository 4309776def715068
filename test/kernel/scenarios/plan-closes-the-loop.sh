# The loop closed: stock limits stop the load, diagnose names it, the plan is applied, the same load passes. Then the
# module is loaded late, as at a boot: what holds of the forms that the plan was written in.
# (A real second boot would show the same: what a boot does is to read sysctl.d while the module is not there yet.)
CONNECTIONS=70000
PLANNED=100000
# Port 8883 is TLS by its name; what listens here speaks plain TCP.
PLAN="ctdiag plan --connections $PLANNED --listen 8883 --tls 0%"

# The root that the guest is given may be that of a container, and the files of one are not those of a host.
rm -f /.dockerenv
# As a boot does: the files of this root are in force before anything is looked at.
/lib/systemd/systemd-sysctl 2>/dev/null || true
modprobe nf_conntrack
topology_up
track_connections inet
start_server server --listen "$SERVER:8883" --backlog 4096

# What a plan reads here, kept as it was for the unit tests.
keep_host() {
	mkdir -p "$RESULTS/$1/sys/module/nf_conntrack/holders"
	# One program for all of them: a hundred take minutes to start under emulation.
	# shellcheck disable=SC2046
	cp --parents --no-preserve=all -t "$RESULTS/$1" \
		/proc/meminfo /proc/stat /proc/slabinfo /proc/net/route /proc/sys/kernel/hostname /proc/sys/kernel/osrelease \
		$(find /proc/sys/net/netfilter /proc/sys/net/core /proc/sys/net/ipv4 /proc/sys/fs /proc/sys/kernel /proc/sys/vm \
			-maxdepth 1 -type f -readable) \
		/proc/sys/net/ipv4/neigh/default/gc_thresh[123] 2>/dev/null || true
	(cd "$RESULTS/$1/sys/module/nf_conntrack/holders" && touch keep $(ls /sys/module/nf_conntrack/holders) && rm keep)
}
keep_host host

memory_used() {
	awk '/^MemTotal:/ { total = $2 } /^MemAvailable:/ { free = $2 } END { print (total - free) * 1024 }' /proc/meminfo
}

# load_of NAME : 70,000 connections, recorded from the kernel's counters, and diagnosed.
load_of() {
	background "record-$1" ctdiag record "$RESULTS/$1.ctd.gz" --source counters
	wait_for 60 "$1 is being recorded" has_said_or_ended "record-$1" 'probes off'
	start_client "client-$1" --to "$SERVER:8883" --from "$CLIENTS" --count "$CONNECTIONS" --concurrency 2000
	wait_client 400 "client-$1"
	sleep 2
	stop_record "record-$1"
	oracles "$1"
	diagnose "$1-diagnosis" "$1.ctd.gz"
}

$PLAN --format json >"$RESULTS/plan-before.json"
load_of stock
stop client-stock

# The plan, applied as anyone would.
mkdir -p /etc/sysctl.d
$PLAN --format sysctl >/etc/sysctl.d/90-ctdiag.conf
cp /etc/sysctl.d/90-ctdiag.conf "$RESULTS/sysctl.conf"
sysctl -p /etc/sysctl.d/90-ctdiag.conf >"$RESULTS/sysctl.out" 2>"$RESULTS/sysctl.err"
mkdir -p /etc/udev/rules.d
$PLAN --format udev >/etc/udev/rules.d/90-ctdiag-conntrack.rules
$PLAN --format json >"$RESULTS/plan-after.json"

# The server anew: of so many connections that a client leaves at once, more than there may be orphans, some end by a
# reset that the backlog loses, and stand at the server for ever.
stop server
start_server server --listen "$SERVER:8883" --backlog 4096
$IN_SERVER conntrack -F 2>/dev/null
memory_used >"$RESULTS/memory-before"
keep_host empty
load_of planned
memory_used >"$RESULTS/memory-after"
cp /proc/slabinfo "$RESULTS/slabinfo-loaded"
stop client-planned
stop server

# seen NAME : some seconds of the idle host, diagnosed; and the host compared with its own files.
seen() {
	ctdiag diagnose --source counters --duration 3s --format json >"$RESULTS/$1.json" || true
	ctdiag plan --check --live --format json >"$RESULTS/$1-check.json" || true
}
seen kept
# Without the rule nothing says so yet, but the next load of the module will lose it.
rm /etc/udev/rules.d/90-ctdiag-conntrack.rules
seen not-kept

# --- The module is loaded late ---------------------------------------------------------------------------

# Nothing may hold it: rules and namespaces go, then the modules that use it, in any order that works.
$IN_SERVER nft flush ruleset
ip netns delete server
ip netns delete client
conntrack_unloads() {
	modprobe -r nft_ct nf_conntrack_netlink nf_conntrack 2>/dev/null || true
	! grep -q '^nf_conntrack ' /proc/modules
}
late_load() {
	wait_for 60 'nf_conntrack unloads' conntrack_unloads
	# What a boot does, before anything has loaded the module.
	/lib/systemd/systemd-sysctl 2>/dev/null || true
	modprobe nf_conntrack
	udevadm settle --timeout=30 2>/dev/null || true
	cat /proc/sys/net/netfilter/nf_conntrack_max >"$RESULTS/$1-max"
	cat /proc/sys/net/netfilter/nf_conntrack_buckets >"$RESULTS/$1-buckets"
}

late_load plain
seen lost

# The same once more, with a running udev and the rule.
mkdir -p /run/udev
/lib/systemd/systemd-udevd --daemon
late_load udevd-alone
$PLAN --format udev >/etc/udev/rules.d/90-ctdiag-conntrack.rules
udevadm control --reload
late_load udev

# And with the options alone, which the kernel itself reads.
rm /etc/udev/rules.d/90-ctdiag-conntrack.rules
udevadm control --reload
$PLAN --format modprobe >/etc/modprobe.d/ctdiag-conntrack.conf
modprobe --showconfig | grep '^options nf_conntrack' >"$RESULTS/modprobe-config"
late_load modprobe
udevadm control --exit

# --- Applied and taken back on a real kernel -------------------------------------------------------------

rm /etc/modprobe.d/ctdiag-conntrack.conf /etc/sysctl.d/90-ctdiag.conf
wait_for 60 'nf_conntrack unloads' conntrack_unloads
modprobe nf_conntrack
every_setting() {
	sysctl -a 2>/dev/null | grep -E '^(fs\.(file-max|nr_open)|net\.(core|ipv4\.tcp|ipv4\.neigh\.default\.gc|netfilter))' |
		grep -v nf_conntrack_count
}
every_setting >"$RESULTS/before-apply"
ctdiag plan --connections 300000 --memory 16G --for mqtt --apply --yes >"$RESULTS/apply" 2>"$RESULTS/apply.err"
every_setting >"$RESULTS/after-apply"
ls /etc/sysctl.d/90-ctdiag.conf /etc/udev/rules.d/90-ctdiag-conntrack.rules >"$RESULTS/applied-files"
ctdiag plan --check --live --format json >"$RESULTS/applied-check.json" || true
ctdiag plan --rollback --yes >"$RESULTS/rollback" 2>"$RESULTS/rollback.err"
every_setting >"$RESULTS/after-rollback"
ls /etc/sysctl.d/90-ctdiag.conf /etc/udev/rules.d/90-ctdiag-conntrack.rules >"$RESULTS/left-files" 2>/dev/null || true
# In a container /proc/sys is read-only.
unshare -m sh -c 'mount -o bind,ro /proc/sys /proc/sys && exec ctdiag plan --connections 300000 --memory 16G --apply --yes' \
	>"$RESULTS/read-only" 2>"$RESULTS/read-only.err" || echo $? >"$RESULTS/read-only-exit"
every_setting >"$RESULTS/after-read-only"
if udevadm --help | grep -q verify; then
	$PLAN --format udev >/run/90-ctdiag.rules
	udevadm verify /run/90-ctdiag.rules >"$RESULTS/udev-verify" 2>&1 || echo "exit $?" >>"$RESULTS/udev-verify"
fi
