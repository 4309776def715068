# What the smaller hooks count: full SYN queues with and without cookies, connect() and bind() without a free port,
# accept() without a descriptor, packets that a rule drops.
modprobe nf_conntrack

topology_up
$IN_SERVER readlink /proc/self/ns/net | tr -dc 0-9 >"$RESULTS/server-netns"
$IN_CLIENT readlink /proc/self/ns/net | tr -dc 0-9 >"$RESULTS/client-netns"
start_record record hooks.ctd.gz

# A hundred ports for 150 connections to one place.
start_server roomy --listen "$SERVER:8001"
$IN_CLIENT sysctl -q -w net.ipv4.ip_local_port_range='20000 20099'
# Forty threads wait in connect() meanwhile: more than a return probe of that call has instances.
start_client ports --to "$SERVER:8001" --count 150 --waiters 40
wait_client 60 ports

# The same for connections that bind before they connect, on IPv4 and IPv6, with ports of their own.
$IN_CLIENT sysctl -q -w net.ipv4.ip_local_port_range='21000 21099'
start_client bound --to "$SERVER:8001" --count 130 --bind-first
wait_client 60 bound
stop bound
$IN_CLIENT sysctl -q -w net.ipv4.ip_local_port_range='22000 22099'
start_server roomy6 --listen "[$SERVER6]:8007"
start_client bound6 --to "[$SERVER6]:8007" --count 120 --bind-first
wait_client 60 bound6
stop bound6
stop roomy6
$IN_CLIENT sysctl -q -w net.ipv4.ip_local_port_range='1024 65535'
# A port that another server listens on, and an address that is not there.
for address in "$SERVER:8001" 10.0.99.99:8001; do
	$IN_SERVER load serve --listen "$address" >>"$RESULTS/not-bound" 2>&1 || true
done
# A path that exists is none of them.
$IN_SERVER node -e '
	const { createServer } = require("node:net");
	createServer().listen("/run/taken", () => createServer().on("error", (error) => {
		console.log(error.code);
		process.exit();
	}).listen("/run/taken"));
' >"$RESULTS/path-taken"

# A server with few descriptors.
# Forty threads wait in accept(), as above; each has taken its descriptor already.
start_server narrow --listen "$SERVER:8002" --nofile 72 --waiters 40
start_client files --to "$SERVER:8002" --count 100 --timeout-ms 2500
wait_client 60 files
stop files
stop narrow

# Rules that drop what is sent, and what comes back.
$IN_CLIENT nft -f - <<-RULES
	table inet unfriendly {
		chain outgoing {
			type filter hook output priority filter; policy accept;
			udp dport 9 counter drop
		}
		chain incoming {
			type filter hook input priority filter; policy accept;
			tcp sport { 8003, 8004 } tcp flags & (syn | ack) == syn | ack counter drop
		}
	}
RULES
start_client forbidden --udp --to "$SERVER:9" --count 25
wait_client 60 forbidden

# Handshakes that never end fill the SYN queue: answered by cookies, then not at all.
start_server cookies --listen "$SERVER:8003" --backlog 8
start_client half-open --to "$SERVER:8003" --count 60 --timeout-ms 1500
wait_client 60 half-open
$IN_SERVER sysctl -q -w net.ipv4.tcp_syncookies=0
start_server no-cookies --listen "$SERVER:8004" --backlog 8
start_client dropped --to "$SERVER:8004" --count 60 --timeout-ms 1500
wait_client 60 dropped
# Their half-open connections go with the listeners, and nothing is sent again.
stop cookies
stop no-cookies
wait_for 60 'no handshake is left under way' no_half_open

# A slow server on IPv6: SYNs that meet its full queue, then ACKs of handshakes that were all under way before.
# Without cookies the full SYN queue would come first.
$IN_SERVER sysctl -q -w net.ipv4.tcp_syncookies=1
start_server six --listen "[$SERVER6]:8005" --backlog 16 --no-accept
start_client six-syn --to "[$SERVER6]:8005" --count 60 --concurrency 60 --burst 8 --timeout-ms 1500 --reset
wait_client 60 six-syn
stop six-syn
$IN_CLIENT tc qdisc add dev to-server root netem delay 100ms
start_server six-late --listen "[$SERVER6]:8006" --backlog 16 --no-accept
start_client six-ack --to "[$SERVER6]:8006" --count 60 --concurrency 60 --burst 60 --timeout-ms 1500 --reset
wait_client 60 six-ack
stop six-ack
wait_for 60 'no handshake is left under way' no_half_open
$IN_SERVER ss -6ltmn >"$RESULTS/listeners"

stop_record record
oracles after
$IN_CLIENT nft list table inet unfriendly >"$RESULTS/rules"
diagnose diagnosis hooks.ctd.gz
