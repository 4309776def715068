# Packets and handshakes that are lost before a listener sees them, each for real, one after the other, each recorded by
# itself from the kernel's counters: these are decided without probes.
modprobe nf_conntrack hashsize=512
topology_up host
# A namespace is known by the processes in it, and looked for every ten seconds: this one is there from the start.
background holder $IN_CLIENT sleep infinity

# attempt COMMAND NAME... : in a shell of its own, so that what fails is named, and the others still run.
attempt() {
	("$@") || echo "$2" >>"$RESULTS/failed"
}

# recorded_line NAME PATTERN : until the recording of that name holds it.
recorded_line() {
	wait_for 90 "the recording $1 holds $2" eval "zcat $RESULTS/$1.ctd.gz 2>/dev/null | grep -qE '$2'"
}

# Datagrams that nobody answers give way to new ones in a table that is full of them.
early_drop() {
	start_server silent --udp --listen "$SERVER:5683"
	kill -STOP "$(pid_of silent)"
	conntrack_stat early_drop >"$RESULTS/early-drop.before"
	start_client evicting --udp --to "$SERVER:5683" --count 2000 --concurrency 2000 --burst 200 --timeout-ms 4000
	wait_client 120 evicting
	some_frames_later early-drop
	conntrack_stat early_drop >"$RESULTS/early-drop.after"
	conntrack_stat drop >"$RESULTS/early-drop.drop"
	still_running=evicting
}
track_connections
sysctl -q -w net.netfilter.nf_conntrack_max=1000 net.netfilter.nf_conntrack_udp_timeout=600
attempt recorded early-drop early_drop
stop silent KILL
nft delete table inet watched
conntrack -F 2>/dev/null
sysctl -q -w net.netfilter.nf_conntrack_max=4096

# A service that is stopped while its clients go on asking.
gone() {
	start_server leaving --listen "$SERVER:8901"
	recorded_line gone '"port":8901,'
	stop leaving
	nstat_value TcpOutRsts >"$RESULTS/gone.before"
	# The sockets are listed every five seconds: clients ask for longer.
	start_client gone-client --to "$SERVER:8901" --count 120 --rate 10
	wait_client 60 gone-client
	some_frames_later gone
	nstat_value TcpOutRsts >"$RESULTS/gone.after"
	stop gone-client
}
attempt recorded gone gone

# More datagrams than fit into the buffer of a process that does not read.
full_buffer() {
	start_server slow --udp --listen "$SERVER:5684" --receive-buffer 8192
	kill -STOP "$(pid_of slow)"
	start_client flooding --udp --to "$SERVER:5684" --count 300 --concurrency 300 --burst 300 --timeout-ms 2000
	wait_client 60 flooding
	some_frames_later full-buffer
	nstat_value UdpRcvbufErrors >"$RESULTS/full-buffer.errors"
	stop flooding
}
attempt recorded full-buffer full_buffer
stop slow KILL

# An application server behind a proxy on the same host, whose workers are all busy.
unix_queue() {
	background app node -e "require('net').createServer().listen({ path: '/run/app.sock', backlog: 16 }, () => console.log('listening'))"
	wait_line 20 app listening
	kill -STOP "$(pid_of app)"
	background proxy node -e "
		const counts = {};
		const settle = (what) => {
			counts[what] = (counts[what] ?? 0) + 1;
			if (Object.values(counts).reduce((sum, count) => sum + count, 0) === 40) console.log(JSON.stringify(counts));
		};
		for (let i = 0; i < 40; i += 1) {
			const socket = require('net').connect('/run/app.sock', () => settle('connected'));
			socket.on('error', ({ code }) => settle(code));
		}"
	wait_line 20 proxy EAGAIN
	recorded_line unix-queue '"unix.accept_queue":17'
	ss -Hxln src /run/app.sock >"$RESULTS/unix-queue.ss"
	still_running=proxy
}
attempt recorded unix-queue unix_queue
stop app KILL

# Clients whose address this host would answer by another interface.
reverse_path() {
	start_server routed --listen "$SERVER:8902"
	start_client routed-client --to "$SERVER:8902" --from 10.50.0.1 --count 150 --concurrency 150 --burst 150 --timeout-ms 4000
	wait_client 60 routed-client
	some_frames_later reverse-path
	nstat_value TcpExtIPReversePathFilter >"$RESULTS/reverse-path.filtered"
	stop routed-client
	stop routed
}
$IN_CLIENT ip address add 10.50.0.1/32 dev to-server
ip link add elsewhere type dummy
ip link set elsewhere up
ip route add 10.50.0.0/16 dev elsewhere
sysctl -q -w net.ipv4.conf.to-client.rp_filter=1
attempt recorded reverse-path reverse_path
sysctl -q -w net.ipv4.conf.to-client.rp_filter=0
ip link delete elsewhere

# Clients of FTP that announce data connections and never open them.
expectations() {
	start_server ftp --listen "$SERVER:21"
	# shellcheck disable=SC2016
	background ftp-clients $IN_CLIENT bash -c '
		for i in $(seq 1 40); do
			exec {fd}<>/dev/tcp/'"$SERVER"'/21
			printf "USER a\r\n" >&$fd
			printf "PORT 10,0,0,11,156,%d\r\n" "$i" >&$fd
		done
		echo announced
		exec sleep infinity'
	wait_line 60 ftp-clients announced
	some_frames_later expectations
	conntrack -L expect 2>/dev/null | grep -c dport >"$RESULTS/expectations.listed"
	dmesg | grep 'expectation table full' >"$RESULTS/expectations.log" || true
	still_running='ftp-clients ftp'
}
modprobe nf_conntrack_ftp
nft -f - <<-RULES
	table ip helped {
		ct helper ftp { type "ftp" protocol tcp; }
		chain prerouting {
			type filter hook prerouting priority filter; policy accept;
			tcp dport 21 ct helper set "ftp"
		}
	}
RULES
sysctl -q -w net.netfilter.nf_conntrack_expect_max=20
attempt recorded expectations expectations
nft delete table ip helped
conntrack -F 2>/dev/null
conntrack -F expect 2>/dev/null
sysctl -q -w net.netfilter.nf_conntrack_expect_max=1024

# queue_rule NUMBER [FLAGS] : SYNs for port 8903 go to a program.
queue_rule() {
	nft -f - <<-RULES
		table inet inspected {
			chain input {
				type filter hook input priority filter; policy accept;
				tcp dport 8903 counter queue num $1 ${2:-}
			}
		}
	RULES
}
rule_packets() {
	nft list table inet inspected | grep -oE 'packets [0-9]+' | tr -dc 0-9
}

# A program that decides on no packet: its queue holds sixteen.
full_queue() {
	background inspector load queue --number 3 --length 16
	wait_line 20 inspector holding
	start_server inspected --listen "$SERVER:8903"
	# The namespace has been read with the queue in it.
	recorded_line full-queue '"nfnetlink_queue.queues":1'
	start_client inspected-client --to "$SERVER:8903" --count 60 --concurrency 60 --burst 60 --timeout-ms 3000
	wait_client 60 inspected-client
	some_frames_later full-queue
	cat /proc/net/netfilter/nfnetlink_queue >"$RESULTS/full-queue.queues"
	stop inspected-client
	still_running='inspected inspector'
}
modprobe nfnetlink_queue
queue_rule 3
attempt recorded full-queue full_queue
nft delete table inet inspected

# The same rule, and no program.
unread_queue() {
	start_server inspected --listen "$SERVER:8903"
	recorded_line unread-queue '"rules.unread_queue":1'
	start_client inspected-client --to "$SERVER:8903" --count 60 --concurrency 60 --burst 60 --timeout-ms 3000
	wait_client 60 inspected-client
	stop inspected-client
	rule_packets >"$RESULTS/unread-queue.packets"
	recorded_line unread-queue "\"rules.unread_queue_packets\":$(cat "$RESULTS/unread-queue.packets")[,}]"
	stop inspected
}
queue_rule 7
attempt recorded unread-queue unread_queue
nft delete table inet inspected

# The same with bypass: packets pass, and nothing is wrong.
bypassed_queue() {
	start_server inspected --listen "$SERVER:8903"
	start_client inspected-client --to "$SERVER:8903" --count 60
	wait_client 60 inspected-client
	some_frames_later bypassed-queue
	rule_packets >"$RESULTS/bypassed-queue.packets"
	stop inspected-client
	stop inspected
}
queue_rule 7 bypass
attempt recorded bypassed-queue bypassed_queue
nft delete table inet inspected

# SYNs dropped where nothing that ctdiag reads without probes counts them.
no_name() {
	start_server filtered --listen "$SERVER:8904"
	start_client filtered-client --to "$SERVER:8904" --count 60 --concurrency 60 --burst 60 --timeout-ms 4000
	wait_client 60 filtered-client
	some_frames_later no-name
	$IN_CLIENT nstat -asz TcpExtTCPSynRetrans | awk '/SynRetrans/ { print $2 }' >"$RESULTS/no-name.resent"
	nft list table inet deaf >"$RESULTS/no-name.rules"
	stop filtered-client
	stop filtered
}
deaf_in host tcp dport 8904 counter
$IN_CLIENT nstat -asz TcpExtTCPSynRetrans | awk '/SynRetrans/ { print $2 }' >"$RESULTS/no-name.before"
attempt recorded no-name no_name
hearing_in host

# What only the probe on netfilter's drops sees, in one recording.
# stage NAME COMMAND... : the part of it in which the command ran.
stage() {
	local name=$1
	shift
	some_frames_later probed
	date --iso-8601=ns --utc | sed 's/,/./' >"$RESULTS/$name.from"
	"$@"
	some_frames_later probed
	date --iso-8601=ns --utc | sed 's/,/./' >"$RESULTS/$name.to"
}
part() {
	local code=0 from to
	from=$(cat "$RESULTS/$1.from")
	to=$(cat "$RESULTS/$1.to")
	ctdiag diagnose "$RESULTS/probed.ctd.gz" --from "$from" --to "$to" --format json >"$RESULTS/$1.json" || code=$?
	echo "$code" >"$RESULTS/$1-exit"
	ctdiag diagnose "$RESULTS/probed.ctd.gz" --from "$from" --to "$to" >"$RESULTS/$1.txt" || true
}

# Segments of connections that conntrack has not seen begin, and a rule that drops what it calls invalid.
invalid() {
	nft -f - <<-RULES
		table inet strict {
			chain input {
				type filter hook input priority filter; policy accept;
				ct state invalid counter drop
			}
		}
	RULES
	# Each FIN is lost, and sent again and again.
	stop unseen-client
	some_frames_later probed
	nft list table inet strict >"$RESULTS/invalid.rules"
}

# A virtual service without a server, and one whose server may have five connections.
empty_service() {
	nstat_value IcmpOutDestUnreachs >"$RESULTS/empty-service.before"
	start_client empty-client --to "$SERVER:8906" --count 60 --rate 10
	wait_client 60 empty-client
	nstat_value IcmpOutDestUnreachs >"$RESULTS/empty-service.after"
	stop empty-client
}
full_service() {
	ipvsadm -a -t "$SERVER:8906" -r "$FAR:8906" -m -w 1 -x 5
	start_client full-client --to "$SERVER:8906" --count 60 --rate 10
	wait_client 60 full-client
	ipvsadm -Ln --thresholds >"$RESULTS/full-service.thresholds"
	stop full-client
}

# A rule that allows five connections.
connection_limit() {
	start_server limited --listen "$SERVER:8907"
	nft -f - <<-RULES
		table inet crowded {
			chain input {
				type filter hook input priority filter; policy accept;
				tcp dport 8907 ct state new ct count over 5 counter drop
			}
		}
	RULES
	start_client limited-client --to "$SERVER:8907" --count 80 --rate 8 --timeout-ms 3000
	wait_client 60 limited-client
	# The counters are read every five seconds.
	some_frames_later probed
	nft list table inet crowded >"$RESULTS/connection-limit.rules"
	stop limited-client
	stop limited
}

sysctl -q -w net.netfilter.nf_conntrack_tcp_loose=0 net.ipv4.ip_forward=1
start_server unseen --listen "$SERVER:8905"
start_client unseen-client --to "$SERVER:8905" --count 200
wait_client 60 unseen-client
far_up
$IN_FAR ip route add 10.0.0.0/16 via 10.9.0.1
background real-server $IN_FAR load serve --listen "$FAR:8906"
wait_line 20 real-server listening
ipvsadm -A -t "$SERVER:8906" -s rr

start_record record-probed probed.ctd.gz --interval 500ms
attempt stage invalid invalid
nft delete table inet strict
stop unseen
attempt stage empty-service empty_service
attempt stage full-service full_service
attempt stage connection-limit connection_limit
stop_record record-probed
for name in invalid empty-service full-service connection-limit; do
	part "$name"
done
