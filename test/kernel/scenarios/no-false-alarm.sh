# What looks alarming and is not, on a host with NAT and connection tracking; then two causes at once, and one that
# has ended.
topology_up host
# A namespace is known by the processes in it, and looked for every ten seconds: this one is there from the start.
background holder $IN_CLIENT sleep infinity
track_connections
nft -f - <<-RULES
	table ip translated {
		chain postrouting {
			type nat hook postrouting priority srcnat; policy accept;
			oifname "to-client" masquerade
		}
	}
RULES
sysctl -q -w net.netfilter.nf_conntrack_max=16000
# Room for what all clients together leave behind: a small guest's own limit of it is hit for real.
$IN_CLIENT sysctl -q -w net.ipv4.tcp_max_tw_buckets=65536

# Connections that stand, and thousands that are opened, served and closed: about 60 % of the table in the end.
busy() {
	start_server busy --listen "$SERVER:8821" --answer
	start_client held --to "$SERVER:8821" --from "$CLIENTS" --count 4000 --ask
	wait_client 120 held
	start_client short --to "$SERVER:8821" --from "$CLIENTS" --count 5600 --ask --close
	wait_client 180 short
	some_frames_later busy
	echo "$(conntrack_count) $(sysctl -n net.netfilter.nf_conntrack_max)" >"$RESULTS/busy.table"
}
recorded busy busy
# Not within the recording: thousands of sockets closed in one moment do overflow TIME_WAIT and the backlog.
stop short
stop held
stop busy
conntrack -F 2>/dev/null

# A process that is held up for a moment while clients come, and a table at 80 % that empties again.
burst() {
	sysctl -q -w net.netfilter.nf_conntrack_max=1000
	start_server burst --listen "$SERVER:8822" --backlog 128 --answer
	some_frames_later burst
	kill -STOP "$(pid_of burst)"
	start_client bursting --to "$SERVER:8822" --count 100 --concurrency 100 --burst 100 --ask --timeout-ms 60000
	wait_for 30 'the queue fills' eval '[ "$(ss -Hltn "sport = :8822" | awk "{ print \$2 }")" -ge 100 ]'
	kill -CONT "$(pid_of burst)"
	wait_client 60 bursting
	start_client peak --to "$SERVER:8822" --from "$CLIENTS" --count 700 --ask --close --reset
	wait_client 60 peak
	conntrack_count >"$RESULTS/burst.peak"
	conntrack -F 2>/dev/null
	some_frames_later burst
	stop peak
	stop bursting
	stop burst
	sysctl -q -w net.netfilter.nf_conntrack_max=16000
}
recorded burst burst

# Closed ports, one after the other.
scan() {
	some_frames_later scan
	# shellcheck disable=SC2016
	$IN_CLIENT bash -c 'for port in {20000..20399}; do (exec 3<>"/dev/tcp/$0/$port") 2>/dev/null || true; done' "$SERVER"
	some_frames_later scan
	nstat_value TcpOutRsts >"$RESULTS/scan.resets"
}
recorded scan scan

# A bad line.
lossy() {
	start_server lossy --listen "$SERVER:8823" --answer
	$IN_CLIENT tc qdisc add dev to-server root netem loss 15%
	start_client retrying --to "$SERVER:8823" --count 400 --ask --timeout-ms 20000
	wait_client 120 retrying
	some_frames_later lossy
	$IN_CLIENT nstat -asz TcpRetransSegs | awk '/Retrans/ { print $2 }' >"$RESULTS/lossy.retransmitted"
	$IN_CLIENT tc qdisc del dev to-server root
	stop retrying
	stop lossy
}
recorded lossy lossy

# A server that goes and comes back, and clients that come back with it.
restart() {
	start_server before --listen "$SERVER:8824" --answer
	start_client first --to "$SERVER:8824" --count 500 --ask
	wait_client 60 first
	some_frames_later restart
	stop before
	start_client refused --to "$SERVER:8824" --count 50
	wait_client 60 refused
	start_server after --listen "$SERVER:8824" --answer
	start_client second --to "$SERVER:8824" --count 500 --ask
	wait_client 60 second
	some_frames_later restart
	stop second
	stop refused
	stop first
	stop after
}
recorded restart restart

# A full table, and a listener that does not accept: at once.
both() {
	start_server stuck --listen "$SERVER:8825" --backlog 8 --no-accept
	start_server open --listen "$SERVER:8826"
	some_frames_later both
	sysctl -q -w net.netfilter.nf_conntrack_max=$(($(conntrack_count) + 250))
	nstat_value TcpExtListenOverflows >"$RESULTS/both.overflows-before"
	conntrack_stat drop >"$RESULTS/both.drops-before"
	start_client stuck-client --to "$SERVER:8825" --count 40 --timeout-ms 4000
	wait_client 60 stuck-client
	start_client open-client --to "$SERVER:8826" --from "$CLIENTS" --count 500 --timeout-ms 4000
	wait_client 60 open-client
	some_frames_later both
	nstat_value TcpExtListenOverflows >"$RESULTS/both.overflows-after"
	conntrack_stat drop >"$RESULTS/both.drops-after"
	stop open-client
	stop stuck-client
	stop open
	stop stuck
}
conntrack -F 2>/dev/null
recorded both both
sysctl -q -w net.netfilter.nf_conntrack_max=16000

# A listener that did not accept for a while, and does again.
ended() {
	start_server paused --listen "$SERVER:8827" --backlog 8
	some_frames_later ended
	kill -STOP "$(pid_of paused)"
	start_client paused-client --to "$SERVER:8827" --count 60 --timeout-ms 60000
	some_frames_later ended
	kill -CONT "$(pid_of paused)"
	wait_client 90 paused-client
	some_frames_later ended
	some_frames_later ended
}
recorded ended ended
# Not within the recording: what closes a connection that never got into the queue knocks there once more.
stop paused-client
stop paused
