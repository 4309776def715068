# A listener that never accepts, with a short queue, and more connections than it holds, while ctdiag records.
# $DELAY, where there is one, keeps handshakes under way, so that many pass the SYN before the queue is full,
# and overflow at their ACK instead.
owner_recorded() {
	zcat "$RESULTS/overflow.ctd.gz" 2>/dev/null | grep -q '"owner":{[^}]*"comm":"load"'
}

topology_up
if [ -n "$DELAY" ]; then
	$IN_CLIENT tc qdisc add dev to-server root netem delay "$DELAY"
fi
start_server server --listen "$SERVER:8883" --backlog 16 --no-accept
pid_of server >"$RESULTS/server.pid"
oracles before
start_record record overflow.ctd.gz

start_client client --to "$SERVER:8883" --count 200 --concurrency 200 --burst "$BURST" --timeout-ms 2500 --reset
wait_client 120 client

# Of those that believe they are connected some still stand in the SYN queue, where each SYN-ACK sent again
# brings an ACK that overflows again: only a reset ends that, and with it the counting.
stop client
wait_for 60 'no handshake is left under way' no_half_open
# Who owns the listener is looked for when it overflows; in a starved guest that takes seconds.
wait_for 120 'the owner of the listener is recorded' owner_recorded
stop_record record
oracles after
$IN_SERVER ss -ltmn >"$RESULTS/listeners"
diagnose diagnosis overflow.ctd.gz
stop server
