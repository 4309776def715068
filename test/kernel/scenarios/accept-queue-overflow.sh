# A listener that never accepts, with a short queue, and more connections than it holds.
topology_up
start_server server --listen "$SERVER:8883" --backlog 16 --no-accept
oracles before

start_client client --to "$SERVER:8883" --count 200 --concurrency 200 --timeout-ms 2500
wait_client 120 client

oracles after
$IN_SERVER ss -ltmn >"$RESULTS/listeners"
stop client
stop server
