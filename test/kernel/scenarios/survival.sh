# What may happen to bpftrace, to ctdiag and to the host while it watches; each leaves figures and a sentence.
modprobe nf_conntrack hashsize=512
sysctl -q -w net.netfilter.nf_conntrack_max=600
topology_up
track_connections inet
$IN_SERVER readlink /proc/self/ns/net | tr -dc 0-9 >"$RESULTS/server-netns"
start_server server --listen "$SERVER:8883" --backlog 512

started=$(uptime_seconds)
start_record record survival.ctd.gz --detail off

# open NAME COUNT : connections that stay.
open() {
	start_client "$1" --to "$SERVER:8883" --count "$2"
	wait_client 60 "$1"
}

# restarted N : after the gap number N the probes have been away, and are attached again.
restarted() {
	zcat "$RESULTS/survival.ctd.gz" 2>/dev/null | awk -v wanted="$1" '
		/"type":"gap"/ { gaps++; away = 0; back = 0 }
		/"type":"coverage"/ && gaps >= wanted { if (/"probes":"attached"/) { if (away) back = 1 } else { away = 1; back = 0 } }
		END { exit !back }'
}

# gaps N : at least so many are told.
gaps() {
	[ "$(zcat "$RESULTS/survival.ctd.gz" 2>/dev/null | grep -c '"type":"gap"')" -ge "$1" ]
}

# counted N : what the probes have said of the server's flows; they print once a second.
counted() {
	wait_for 60 "$1 flows are counted" eval "zcat $RESULTS/survival.ctd.gz 2>/dev/null | grep -q '\"probe.insert\":$1[,}]'"
}

open first 100
counted 100

# Killed: a gap, and on from where it was.
pkill -KILL -x bpftrace
wait_for 400 'bpftrace that was killed is started again' restarted 1
open second 50
counted 150

# Stopped: silent, and replaced when it stays so. What was opened meanwhile nobody counted.
pkill -STOP -x bpftrace
pgrep -x bpftrace >/run/stopped-bpftrace
open unseen 30
wait_for 200 'the silence is told' gaps 2
wait_for 400 'bpftrace that was stopped is replaced' restarted 3
[ ! -e "/proc/$(cat /run/stopped-bpftrace)" ] || fail 'the stopped bpftrace is still there'
open third 20
counted 170

# The clock is set, there and back.
before=$(date +%s)
date -s "@$((before + 3600))" >/dev/null
step_told() {
	zcat "$RESULTS/survival.ctd.gz" 2>/dev/null | grep -q '"it was set forward by 3[56]..'
}
wait_for 30 'the step of the clock is told' step_told
date -s "-1 hour" >/dev/null

# Namespaces that come and go while they are read.
for _ in $(seq 1 40); do
	unshare --net sh -c 'ip link set lo up; exec sleep 0.4' &
	sleep 0.1
done

# ctdiag itself stands still for a while, with bpftrace: what it wakes to is read as what it is.
pkill -STOP -x bpftrace
kill -STOP "$(pid_of record)"
open while-stopped 10
# Longer than the silence after which a bpftrace that is awake is given up.
stopped_for() {
	[ "$(uptime_seconds)" -ge "$1" ]
}
wait_for 60 'a while passes' stopped_for $(($(uptime_seconds) + 35))
pkill -CONT -x bpftrace
kill -CONT "$(pid_of record)"
open last 5

stop_record record
echo $(($(uptime_seconds) - started)) >"$RESULTS/seconds"
oracles after
diagnose diagnosis survival.ctd.gz

# --- Starting on a host that is sick already -------------------------------------------------------------

# live NAME COMMAND... : a short look at the host.
live() {
	local name=$1 code=0
	shift
	"$@" >"$RESULTS/$name.json" 2>"$RESULTS/$name.err" </dev/null || code=$?
	echo "$code" >"$RESULTS/$name-exit"
}

cat >/run/few-files <<-'PROGRAM'
	#!/bin/sh
	ulimit -n 36
	exec "$@"
PROGRAM
cat >/run/no-sysctls <<-'PROGRAM'
	#!/bin/sh
	# In a mount namespace of its own, where no sysctl is.
	mount -t tmpfs tmpfs /proc/sys
	exec "$@" --source counters
PROGRAM
chmod +x /run/few-files /run/no-sysctls

# A full table, no free port, and 16 descriptors beyond those that Node.js opens for itself.
start_client fill --to "$SERVER:8883" --count 600 --timeout-ms 3000 --concurrency 600
wait_client 60 fill
conntrack_count >"$RESULTS/count"
$IN_CLIENT sysctl -q -w net.ipv4.ip_local_port_range='20000 20001'
LOOK='diagnose --format json --duration 3s'
# shellcheck disable=SC2086
live full-table /run/few-files ctdiag $LOOK
# shellcheck disable=SC2086
live no-ports $IN_CLIENT ctdiag $LOOK
live few-files-user setpriv --reuid 65534 --regid 65534 --clear-groups /run/few-files ctdiag $LOOK
live no-sysctls unshare --mount --propagation private /run/no-sysctls ctdiag $LOOK

# For the rest of this boot.
if echo confidentiality >/sys/kernel/security/lockdown 2>/dev/null || {
	mount -t securityfs securityfs /sys/kernel/security && echo confidentiality >/sys/kernel/security/lockdown
}; then
	live locked-down ctdiag $LOOK
fi
