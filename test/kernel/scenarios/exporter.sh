# The exporter through an incident: what it shows before, while a table in a namespace of its own refuses, and after the
# fix is pasted.
modprobe nf_conntrack
ip link set lo up
topology_up
track_connections
sysctl -q -w net.netfilter.nf_conntrack_max=300
start_server server --listen "$SERVER:8883"

background exporter ctdiag exporter --events --ring "$RESULTS/ring"
wait_for 400 'the exporter has attached its probes' has_said_or_ended exporter 'probes '

# scrape FILE : the metrics as they are now.
scrape() {
	node -e '
		fetch("http://127.0.0.1:9435/metrics")
			.then((response) => response.text())
			.then((text) => require("node:fs").writeFileSync(process.argv[1], text));
	' "$RESULTS/$1"
}

# For wait_for: a scrape shows the pattern, or does not.
shows() {
	scrape "$1"
	grep -q -- "$2" "$RESULTS/$1"
}
shows_no() {
	scrape "$1"
	! grep -q -- "$2" "$RESULTS/$1"
}

wait_for 60 'the first verdict' shows before.prom '^ctdiag_verdict{status="ok"} 1$'
start_client client --to "$SERVER:8883" --count 450 --concurrency 300 --timeout-ms 300000
wait_for 120 'the finding is scraped' shows during.prom '^ctdiag_finding{code="conntrack-table-full"'
sysctl -q -w net.netfilter.nf_conntrack_max=65536
wait_client 300 client
oracles after
wait_for 200 'the finding is gone' shows_no after.prom 'code="conntrack-table-full"'

stop exporter INT
echo "$stopped" >"$RESULTS/exporter-exit"
stop client
stop server
