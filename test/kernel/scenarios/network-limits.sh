# Limits of the network, each hit for real, one after the other, in one recording with the probes attached; each is
# diagnosed by the part of the recording in which it happened.
topology_up host
modprobe nf_conntrack
# Behind the host as behind a router: a namespace that is reached by NAT alone.
far_up
$IN_CLIENT ip route add 10.9.0.0/24 via $SERVER
sysctl -q -w net.ipv4.ip_forward=1
# A namespace is known by the processes in it, and looked for every ten seconds: these are there from the start.
background holder $IN_CLIENT sleep infinity
background far-holder $IN_FAR sleep infinity

# An instance of a cloud, by its card's counters: the one thing here that is not the kernel's own.
cat >/usr/local/bin/ethtool <<-'PROGRAM'
	#!/bin/sh
	[ "$1 $2" = '-S to-far' ] || exit 1
	printf 'NIC statistics:\n     tx_timeout: 0\n     conntrack_allowance_exceeded: %s\n     conntrack_allowance_available: 0\n     linklocal_allowance_exceeded: %s\n' "$(cat /run/allowance)" "$(cat /run/link-local)"
PROGRAM
chmod +x /usr/local/bin/ethtool
echo 7 >/run/allowance
echo 3 >/run/link-local

start_record record network-limits.ctd.gz --interval 500ms
RECORDING=network-limits

frames() {
	zcat "$RESULTS/$RECORDING.ctd.gz" 2>/dev/null | grep -c '"type":"tick"' || true
}
frames_later() {
	local from
	from=$(frames)
	wait_for 90 "$1 frames pass" eval "[ \$(frames) -ge $((from + $1)) ]"
}

# during NAME COMMAND... : the part of the recording in which the command ran.
during() {
	local name=$1
	shift
	# What was before has come to rest: six frames of the probes' slower pace.
	frames_later 8
	date --iso-8601=ns --utc | sed 's/,/./' >"$RESULTS/$name.from"
	"$@"
	frames_later 8
	date --iso-8601=ns --utc | sed 's/,/./' >"$RESULTS/$name.to"
}

# listener_seen PORT : the recording knows who listens there; sockets are listed every five seconds.
listener_seen() {
	wait_for 60 "the listener at port $1 is recorded" eval "zcat $RESULTS/$RECORDING.ctd.gz 2>/dev/null | grep -q '\"port\":$1,'"
}

# conntrack_stats NAME : what conntrack(8) says of the host, summed over the processors.
conntrack_stats() {
	echo "{$(conntrack_json)}" >"$RESULTS/$1"
}

# Fifty ports for a hundred connections to one place.
nat_ports() {
	background far-server $IN_FAR load serve --listen $FAR:9000
	wait_line 20 far-server listening
	nft -f - <<-RULES
		table ip leaving {
			chain postrouting {
				type nat hook postrouting priority srcnat; policy accept;
				oifname "to-far" meta l4proto tcp masquerade to :40000-40049
			}
		}
	RULES
	conntrack_stats nat-ports.before
	start_client nat-client --to $FAR:9000 --count 100 --concurrency 100 --timeout-ms 4000
	wait_client 60 nat-client
	conntrack_stats nat-ports.after
	cat /proc/sys/net/netfilter/nf_conntrack_count >"$RESULTS/nat-ports.count"
	# The command that the fix names: by which address and to where the ports went.
	ctdiag_fix_command >"$RESULTS/nat-ports.fix" 2>&1
	stop nat-client
	stop far-server
	nft delete table ip leaving
	conntrack -F 2>/dev/null
}
ctdiag_fix_command() {
	conntrack -L -p tcp --src-nat 2>/dev/null | awk '{ k = ""; n = 0; for (i = 1; i <= NF; i++) if ($i ~ /^(src|dst|sport)=/ && ++n > 3) k = k " " $i; c[k]++ } END { for (k in c) print c[k] k }' | sort -rn | head
}

# A rule that drops, in the way of a server that listens.
nft_drop() {
	start_server behind-nft --listen $SERVER:9001
	listener_seen 9001
	nft -f - <<-RULES
		table inet unfriendly {
			chain input {
				type filter hook input priority filter; policy accept;
				tcp dport 9001 counter drop
			}
		}
	RULES
	start_client nft-client --to $SERVER:9001 --count 40 --timeout-ms 2500
	wait_client 60 nft-client
	nft list table inet unfriendly >"$RESULTS/nft-drop.rules"
	stop nft-client
	stop behind-nft
	nft delete table inet unfriendly
}
iptables_drop() {
	start_server behind-iptables --listen $SERVER:9002
	listener_seen 9002
	iptables-legacy -A INPUT -p tcp --dport 9002 -j DROP
	start_client iptables-client --to $SERVER:9002 --count 40 --timeout-ms 2500
	wait_client 60 iptables-client
	iptables-legacy-save -c >"$RESULTS/iptables-drop.rules"
	stop iptables-client
	stop behind-iptables
	iptables-legacy -D INPUT -p tcp --dport 9002 -j DROP
}
# The same for what the host itself wants to open.
own_drop() {
	background away $IN_CLIENT load serve --listen 10.0.0.11:9003
	wait_line 20 away listening
	nft -f - <<-RULES
		table inet unfriendly {
			chain output {
				type filter hook output priority filter; policy accept;
				tcp dport 9003 counter drop
			}
		}
	RULES
	background own-client load connect --to 10.0.0.11:9003 --count 40 --timeout-ms 2500
	wait_client 60 own-client
	nft list table inet unfriendly >"$RESULTS/own-drop.rules"
	stop own-client
	stop away
	nft delete table inet unfriendly
}
# A scan of ports that nobody listens on, behind a policy that drops: what a firewall is for.
scan() {
	nft -f - <<-RULES
		table inet careful {
			chain input {
				type filter hook input priority filter; policy accept;
				tcp dport 20000-30000 counter drop
			}
		}
	RULES
	# shellcheck disable=SC2016
	background scanner $IN_CLIENT timeout 30 bash -c 'for port in $(seq 20000 50 29000); do (echo >/dev/tcp/'$SERVER'/$port) & done; wait'
	wait_for 30 'the scan is under way' scanned
	stop scanner
	nft list table inet careful >"$RESULTS/scan.rules"
	nft delete table inet careful
}

scanned() {
	nft list table inet careful | awk '/packets/ { found = $6 > 150 } END { exit !found }'
}

# Two hundred local ports, with fifty more that are reserved, for 260 connections to one place.
local_ports() {
	background away $IN_CLIENT load serve --listen 10.0.0.11:9010 --backlog 512
	wait_line 20 away listening
	sysctl -q -w net.ipv4.ip_local_port_range='20000 20249' net.ipv4.ip_local_reserved_ports=20200-20249
	background ports-client load connect --to 10.0.0.11:9010 --count 260
	wait_client 60 ports-client
	ss -Htn state established dst 10.0.0.11 dport = :9010 | wc -l >"$RESULTS/local-ports.held"
	# The same without probes.
	background record-counters ctdiag record "$RESULTS/local-ports-counters.ctd.gz" --source counters --interval 500ms
	wait_for 60 'the look at the ports is recorded' eval 'zcat "$RESULTS/local-ports-counters.ctd.gz" 2>/dev/null | grep -q 10.0.0.11'
	stop_record record-counters
	stop ports-client
	stop away
	sysctl -q -w net.ipv4.ip_local_port_range='32768 60999'
	echo >/proc/sys/net/ipv4/ip_local_reserved_ports
}

# Two hundred local ports, each taken by bind() before connect(), for 260 connections to two places: none holds all.
bound_ports() {
	background away $IN_CLIENT load serve --listen 10.0.0.11:9011 --backlog 512
	background away-too $IN_CLIENT load serve --listen 10.0.0.11:9012 --backlog 512
	wait_line 20 away listening
	wait_line 20 away-too listening
	sysctl -q -w net.ipv4.ip_local_port_range='21000 21199'
	background bound-client load connect --to 10.0.0.11:9011 --count 150 --bind-first
	wait_client 60 bound-client
	background bound-too load connect --to 10.0.0.11:9012 --count 110 --bind-first
	wait_client 60 bound-too
	ss -Htn state established dst 10.0.0.11 '( dport = :9011 or dport = :9012 )' | wc -l >"$RESULTS/bound-ports.held"
	wait_for 60 'the look at the ports is recorded' eval 'zcat "$RESULTS/$RECORDING.ctd.gz" 2>/dev/null | grep -q "\"port\":9012"'
	stop bound-too
	stop bound-client
	stop away-too
	stop away
	sysctl -q -w net.ipv4.ip_local_port_range='32768 60999'
}

# More neighbours at once than the host may know.
neighbours() {
	sysctl -q -w net.ipv4.neigh.default.gc_thresh1=16 net.ipv4.neigh.default.gc_thresh2=32 net.ipv4.neigh.default.gc_thresh3=64
	head -3 /proc/net/stat/arp_cache >"$RESULTS/neighbours.before"
	bash -c 'for i in $(seq 1 250); do echo x >/dev/udp/10.0.7.$i/9; done' 2>/dev/null || true
	head -3 /proc/net/stat/arp_cache >"$RESULTS/neighbours.after"
	sysctl -q -w net.ipv4.neigh.default.gc_thresh1=128 net.ipv4.neigh.default.gc_thresh2=512 net.ipv4.neigh.default.gc_thresh3=1024
}

# Zones of connection tracking that do not fit the traffic: what follows a SYN is taken for a flow of another zone,
# which would answer as the first one does, and that cannot be.
clashes() {
	track_connections
	start_server zoned --listen $SERVER:9040 --backlog 256
	nft -f - <<-RULES
		table inet zones {
			chain prerouting {
				type filter hook prerouting priority raw; policy accept;
				tcp dport 9040 tcp flags & (syn | ack) == syn ct original zone set 1
				tcp dport 9040 tcp flags & (syn | ack) == ack ct original zone set 2
			}
		}
	RULES
	conntrack_stats clashes.before
	start_client clash-client --to $SERVER:9040 --count 150 --concurrency 150 --burst 150 --reset
	wait_client 60 clash-client
	stop clash-client
	wait_for 60 'no handshake is left under way' no_half_open
	conntrack_stats clashes.after
	stop zoned
	nft delete table inet zones
	nft delete table inet watched
	conntrack -F 2>/dev/null
}

# Flows in so few hash buckets that their chains grow too long.
few_buckets() {
	sysctl -n net.netfilter.nf_conntrack_buckets >/run/buckets
	sysctl -q -w net.netfilter.nf_conntrack_buckets=512
	sysctl -n net.netfilter.nf_conntrack_buckets net.netfilter.nf_conntrack_max >"$RESULTS/few-buckets.limits"
	track_connections
	conntrack_stats few-buckets.before
	start_server udp --listen $SERVER:9020 --udp
	start_client udp-client --udp --to $SERVER:9020 --count 14000 --timeout-ms 2000
	wait_client 120 udp-client
	conntrack_stats few-buckets.after
	stop udp-client
	stop udp
	nft delete table inet watched
	conntrack -F 2>/dev/null
	sysctl -q -w net.netfilter.nf_conntrack_buckets="$(cat /run/buckets)"
}

# A backlog of one packet for another processor, and many packets for it.
backlog() {
	sysctl -q -w net.core.netdev_max_backlog=1
	echo 2 >/sys/class/net/to-client/queues/rx-0/rps_cpus
	cat /proc/net/softnet_stat >"$RESULTS/backlog.before"
	start_server udp --listen $SERVER:9030 --udp
	start_client udp-client --udp --to $SERVER:9030 --count 4000 --concurrency 1000 --burst 500 --timeout-ms 2000
	wait_client 120 udp-client
	stop udp-client
	stop udp
	cat /proc/net/softnet_stat >"$RESULTS/backlog.after"
	echo 0 >/sys/class/net/to-client/queues/rx-0/rps_cpus
	sysctl -q -w net.core.netdev_max_backlog=1000
}

# The stand-in says that the cloud drops.
allowance() {
	echo 507 >/run/allowance
	wait_for 90 'the cards are asked' eval 'zcat "$RESULTS/$RECORDING.ctd.gz" 2>/dev/null | grep -q "conntrack_allowance_exceeded\":507"'
}

# The same on the way to the DNS of the cloud.
link_local() {
	echo 203 >/run/link-local
	wait_for 90 'the cards are asked' eval 'zcat "$RESULTS/$RECORDING.ctd.gz" 2>/dev/null | grep -q "linklocal_allowance_exceeded\":203"'
}

cases='nat-ports nft-drop iptables-drop own-drop scan local-ports bound-ports neighbours clashes few-buckets backlog allowance link-local'
for one in $cases; do
	# In a shell of its own: what fails is named, and the others still run.
	(during "$one" "$(echo "$one" | tr - _)") || echo "$one" >>"$RESULTS/failed"
done
stop_record record

part() {
	local code=0
	ctdiag diagnose "$RESULTS/network-limits.ctd.gz" --from "$(cat "$RESULTS/$1.from")" --to "$(cat "$RESULTS/$1.to")" --format json >"$RESULTS/$1.json" || code=$?
	echo "$code" >"$RESULTS/$1-exit"
	ctdiag diagnose "$RESULTS/network-limits.ctd.gz" --from "$(cat "$RESULTS/$1.from")" --to "$(cat "$RESULTS/$1.to")" >"$RESULTS/$1.txt" || true
}
for one in $cases; do
	part "$one"
done
diagnose local-ports-counters local-ports-counters.ctd.gz
dmesg | grep -E 'neighbo|table full' >"$RESULTS/log" || true
