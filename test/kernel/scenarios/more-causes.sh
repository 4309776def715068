# shellcheck shell=bash
# Causes that only a tool tells of: filters of tc, XDP programs, what a table is full of, connections that nobody reads;
# beside each, its like that harms nobody. Each is recorded by itself, from the kernel's counters unless said otherwise.
modprobe nf_conntrack hashsize=512
topology_up host
background holder $IN_CLIENT sleep infinity
mount -t bpf none /sys/fs/bpf 2>/dev/null || true

attempt() {
	("$@") || echo "$2" >>"$RESULTS/failed"
}

recorded_line() {
	wait_for 120 "the recording $1 holds $2" eval "zcat $RESULTS/$1.ctd.gz 2>/dev/null | grep -qE '$2'"
}

syn_retrans() {
	$IN_CLIENT nstat -asz TcpExtTCPSynRetrans | awk '/SynRetrans/ { print $2 }'
}

qdisc_drops() {
	tc -s qdisc show dev to-client | grep -A1 -E '^qdisc (clsact|ingress)' | grep -oE 'dropped [0-9]+' | tr -dc 0-9
}

xdp_drops() {
	ethtool -S to-client | awk '/xdp_drops:/ { sum += $2 } END { print sum + 0 }'
}

# filtered NAME PORT : clients of a port that a filter drops, until the recording holds all that it dropped. What
# counts the drops is the third word.
filtered() {
	local name=$1 counter=$3
	start_server "$name-server" --listen "$SERVER:$2"
	recorded_line "$name" "\"$4\":"
	start_client "$name-client" --to "$SERVER:$2" --count 60 --concurrency 60 --burst 60 --timeout-ms 4000
	wait_client 120 "$name-client"
	"$counter" >"$RESULTS/$name.dropped"
	recorded_line "$name" "\"$4\":$(cat "$RESULTS/$name.dropped")[,}]"
	syn_retrans >"$RESULTS/$name.resent"
	still_running="$name-client $name-server"
}

# harmless NAME PORT COUNTER METRIC : datagrams to that port, which nobody asks for again, while another port serves.
harmless() {
	local name=$1 counter=$3
	start_server "$name-server" --listen "$SERVER:8950"
	recorded_line "$name" "\"$4\":"
	start_client "$name-scan" --udp --to "$SERVER:$2" --count 60 --concurrency 60 --burst 60 --timeout-ms 700
	start_client "$name-client" --to "$SERVER:8950" --count 60 --rate 10
	wait_client 120 "$name-client"
	"$counter" >"$RESULTS/$name.dropped"
	recorded_line "$name" "\"$4\":$(cat "$RESULTS/$name.dropped")[,}]"
	still_running="$name-client $name-scan $name-server"
}

# A filter of the older kind, seen by the qdisc's own counter.
tc qdisc add dev to-client clsact
tc filter add dev to-client ingress protocol ip u32 match ip dport 8904 0xffff action drop
syn_retrans >"$RESULTS/tc-counted.before"
qdisc_drops >"$RESULTS/tc-counted.dropped-before"
attempt recorded tc-counted filtered tc-counted 8904 qdisc_drops tc.filter_dropped
attempt recorded tc-harmless harmless tc-harmless 8904 qdisc_drops tc.filter_dropped
tc qdisc delete dev to-client clsact

# An XDP program, whose drops its driver counts.
load program --pin /sys/fs/bpf/drop_xdp --port 8905 --xdp
ip link set dev to-client xdp pinned /sys/fs/bpf/drop_xdp
ip -details link show dev to-client >"$RESULTS/xdp.link"
syn_retrans >"$RESULTS/xdp.before"
xdp_drops >"$RESULTS/xdp.dropped-before"
attempt recorded xdp filtered xdp 8905 xdp_drops xdp.dropped
attempt recorded xdp-harmless harmless xdp-harmless 8905 xdp_drops xdp.dropped
ip link set dev to-client xdp off

# A server that accepts and does not read, and one that answers.
unserved() {
	start_server hung --listen "$SERVER:8907"
	start_client hung-client --to "$SERVER:8907" --count 120 --rate 8 --send 200
	recorded_line unserved '"unserved.unread":[1-9][0-9]'
	$IN_SERVER ss -Htn state established sport = :8907 >"$RESULTS/unserved.ss"
	still_running='hung-client hung'
}
attempt recorded unserved unserved
served() {
	start_server answering --listen "$SERVER:8908" --answer
	start_client answered-client --to "$SERVER:8908" --count 120 --rate 8 --ask
	wait_client 120 answered-client
	some_frames_later served
	still_running='answered-client answering'
}
attempt recorded served served

# Datagrams to a target that is gone, behind NAT: each keeps its entry, and none is answered.
nft -f - <<-RULES
	table ip translated {
		chain prerouting {
			type nat hook prerouting priority dstnat; policy accept;
			udp dport 5683 dnat to 10.0.200.200
		}
	}
RULES
sysctl -q -w net.ipv4.ip_forward=1 net.netfilter.nf_conntrack_max=1000 net.netfilter.nf_conntrack_udp_timeout=600
unanswered() {
	start_client lost-client --udp --to "$SERVER:5683" --count 950 --concurrency 950 --burst 100 --timeout-ms 4000
	wait_client 120 lost-client
	recorded_line unanswered '"entries.sampled":[1-9][0-9][0-9]'
	conntrack -L 2>/dev/null | grep -cF '[UNREPLIED]' >"$RESULTS/unanswered.unreplied"
	conntrack -C >"$RESULTS/unanswered.count"
	still_running=lost-client
}
attempt recorded unanswered unanswered
nft delete table ip translated
conntrack -F 2>/dev/null

# One zone of several fills the table with connections that stand.
nft -f - <<-RULES
	table ip zoned {
		chain prerouting {
			type filter hook prerouting priority raw; policy accept;
			tcp dport 8909 ct zone set 7
		}
		chain output {
			type filter hook output priority raw; policy accept;
			tcp sport 8909 ct zone set 7
		}
		chain input {
			type filter hook input priority filter; policy accept;
			ct state established,related accept
		}
	}
RULES
zoned() {
	start_server zoned-server --listen "$SERVER:8909" --answer
	start_client zoned-client --to "$SERVER:8909" --count 950 --ask
	wait_client 120 zoned-client
	recorded_line zoned '"entries.zone":7'
	conntrack -L -w 7 2>/dev/null | wc -l >"$RESULTS/zoned.entries"
	still_running='zoned-client zoned-server'
}
attempt recorded zoned zoned
nft delete table ip zoned
conntrack -F 2>/dev/null

# A BPF program of tc, seen by the probe with the port that its SYNs are for.
load program --pin /sys/fs/bpf/drop_tc --port 8906
tc qdisc add dev to-client clsact
tc filter add dev to-client ingress bpf direct-action object-pinned /sys/fs/bpf/drop_tc
tc filter show dev to-client ingress >"$RESULTS/tc-probed.filter"
start_record record-probed probed.ctd.gz --interval 500ms
probed() {
	start_server probed-server --listen "$SERVER:8906"
	recorded_line probed '"port":8906,'
	start_client probed-client --to "$SERVER:8906" --count 60 --rate 6 --timeout-ms 3000
	wait_client 120 probed-client
	stop probed-client
	some_frames_later probed
	qdisc_drops >"$RESULTS/tc-probed.dropped"
}
attempt probed probed
stop_record record-probed
diagnose tc-probed probed.ctd.gz
