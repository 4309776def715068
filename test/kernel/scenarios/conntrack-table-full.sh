# The incident: many connections to one server with a stateful firewall, everything at its stock value.
# $CONNECTIONS are opened, from four addresses, because one has too few ports for so many.
modprobe nf_conntrack
topology_up
track_connections inet
start_server server --listen "$SERVER:8883" --backlog 4096
oracles before

start_client client --to "$SERVER:8883" --from "$CLIENTS" --count "$CONNECTIONS" --concurrency 2000
wait_client 400 client

oracles after
# Some keys cannot be read, which newer versions take for a failure.
$IN_SERVER sysctl --all >"$RESULTS/sysctl" 2>"$RESULTS/sysctl.err" || true
$IN_SERVER ss --summary >"$RESULTS/sockets"
free --mebi >"$RESULTS/memory"
stop client
stop server
