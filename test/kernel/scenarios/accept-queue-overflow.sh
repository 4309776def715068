# A listener that never accepts, with a short queue, and more connections than it holds.
topology_up
start_server server --listen "$SERVER:8883" --backlog 16 --no-accept
oracles before
start_record record overflow.ctd.gz

start_client client --to "$SERVER:8883" --count 200 --concurrency 200 --timeout-ms 2500
wait_client 120 client
$IN_SERVER ss -ltmn >"$RESULTS/listeners"
# No further SYN may come between the last figures of ctdiag and those of nstat.
stop client
$IN_SERVER ip link set to-client down

stop_record record
oracles after
pid_of server >"$RESULTS/server.pid"
diagnose diagnosis overflow.ctd.gz
stop server
