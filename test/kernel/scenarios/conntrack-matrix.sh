# Every kind of flow against a small table, in another namespace and in the host's: with entries that may be
# evicted and without. What the probes say at the end must be what the kernel and the clients say.
modprobe nf_conntrack hashsize=512
# Exactly this many, and nothing ends by itself while we count.
sysctl -q -w net.netfilter.nf_conntrack_max=1000
start_record record matrix.ctd.gz --detail on
wait_for 300 'the detail program counts' eval 'zcat "$RESULTS/matrix.ctd.gz" 2>/dev/null | grep -q "\"type\":\"flows\""'

# open NAME OPTION... : a client, until all its attempts are settled.
open() {
	local name=$1
	shift
	start_client "$name" --timeout-ms 2500 "$@"
	wait_client 120 "$name"
}

# flush NAME : empties the table, and notes what was in it.
flush() {
	conntrack_count >"$RESULTS/$1"
	$IN_SERVER conntrack -F 2>/dev/null
	wait_for 20 'the table is empty' table_is_empty
}

table_is_empty() {
	[ "$(conntrack_count)" = 0 ]
}

# destroyed_as_inserted WHERE : the probes have reported as many destroyed flows there as inserted ones. At its end a slow
# bpftrace is not waited for, so what they report must be in the capture before.
destroyed_as_inserted() {
	zcat "$RESULTS/matrix.ctd.gz" 2>/dev/null | grep '"source":"bpftrace","netns":'"$(cat "$RESULTS/$1-netns")," | awk '
		match($0, /"probe.insert":[0-9]+/) { inserted = substr($0, RSTART + 15, RLENGTH - 15) }
		match($0, /"probe.destroy":[0-9]+/) { destroyed = substr($0, RSTART + 16, RLENGTH - 16) }
		END { exit !(inserted > 0 && inserted == destroyed) }'
}

# matrix WHERE ADDRESS ADDRESS6 : as the server there.
matrix() {
	local where=$1 v4=$2 v6=$3 client
	$IN_SERVER readlink /proc/self/ns/net | tr -dc 0-9 >"$RESULTS/$where-netns"
	track_connections inet
	$IN_SERVER sysctl -q -w net.netfilter.nf_conntrack_udp_timeout=600 net.netfilter.nf_conntrack_icmp_timeout=600 \
		net.netfilter.nf_conntrack_icmpv6_timeout=600
	start_server "$where-tcp4" --listen "$v4:8883"
	start_server "$where-tcp6" --listen "[$v6]:8883"
	start_server "$where-udp4" --udp --listen "$v4:5683"
	start_server "$where-udp6" --udp --listen "[$v6]:5683"

	# Room for all.
	open "$where-udp4-room" --udp --to "$v4:5683" --count 100
	open "$where-udp6-room" --udp --to "[$v6]:5683" --count 100
	open "$where-icmp4-room" --icmp --to "$v4:1" --count 30
	open "$where-icmp6-room" --icmp --to "[$v6]:1" --count 30
	flush "$where-flushed-room"

	# Full of established connections: none may be evicted.
	open "$where-tcp4-room" --to "$v4:8883" --count 500
	open "$where-tcp6-room" --to "[$v6]:8883" --count 500
	oracles "$where-full"
	open "$where-tcp4-refused" --to "$v4:8883" --count 40
	open "$where-tcp6-refused" --to "[$v6]:8883" --count 40
	open "$where-udp4-refused" --udp --to "$v4:5683" --count 40
	open "$where-udp6-refused" --udp --to "[$v6]:5683" --count 40
	open "$where-icmp4-refused" --icmp --to "$v4:1" --count 20
	open "$where-icmp6-refused" --icmp --to "[$v6]:1" --count 20
	oracles "$where-refused"
	flush "$where-flushed-full"

	# Full of what nobody answered, which gives way to what is new.
	kill -STOP "$(pid_of "$where-udp4")" "$(pid_of "$where-udp6")"
	open "$where-udp4-evicting" --udp --to "$v4:5683" --count 1200 --concurrency 1200 --burst 200 --timeout-ms 15000
	open "$where-udp6-evicting" --udp --to "[$v6]:5683" --count 600 --concurrency 600 --burst 200 --timeout-ms 15000
	oracles "$where-after"
	# Woken, they would answer flows that are gone, which makes new ones.
	stop "$where-udp4" KILL
	stop "$where-udp6" KILL
	flush "$where-flushed-last"
	wait_for 60 "the probes report what was flushed ($where)" destroyed_as_inserted "$where"
}

topology_up server
# Sockets for echo requests need this.
$IN_CLIENT sysctl -q -w net.ipv4.ping_group_range='0 0'
matrix netns "$SERVER" "$SERVER6"

ip link add host-client type veth peer name to-host netns client
ip address add 10.1.0.1/16 dev host-client
ip address add fd01::1/64 dev host-client nodad
$IN_CLIENT ip address add 10.1.0.11/16 dev to-host
$IN_CLIENT ip address add fd01::11/64 dev to-host nodad
ip link set host-client up
$IN_CLIENT ip link set to-host up
IN_SERVER=
matrix host 10.1.0.1 fd01::1

stop_record record
diagnose diagnosis matrix.ctd.gz
