# The load generator must tell the truth about every way in which a connection ends.
topology_up
$IN_CLIENT sysctl -q -w net.ipv4.ip_local_port_range='20000 20099'

start_server tcp4 --listen "$SERVER:7001"
start_server tcp6 --listen "[$SERVER6]:7001"
start_server more6 --listen "[$SERVER6]:7003"
start_server udp4 --listen "$SERVER:7002" --udp
start_server udp6 --listen "[$SERVER6]:7002" --udp

start_client held4 --to "$SERVER:7001" --from "$CLIENTS" --count 200
start_client held6 --to "[$SERVER6]:7001" --from "$CLIENTS6" --count 200
start_client asked4 --to "$SERVER:7002" --from "$CLIENTS" --udp --count 200
start_client asked6 --to "[$SERVER6]:7002" --from "$CLIENTS6" --udp --count 200
for name in held4 held6 asked4 asked6; do
	wait_client 60 "$name"
done
$IN_CLIENT ss --tcp --no-header state established | wc -l >"$RESULTS/held"
for name in held4 held6 asked4 asked6; do
	stop "$name"
done

start_client closed --to "$SERVER:7001" --from 10.0.0.14 --count 40 --close
wait_client 60 closed
start_client refused --to "$SERVER:7999" --count 20
wait_client 60 refused
start_client lost --to 10.0.9.9:7001 --count 20 --timeout-ms 500
wait_client 60 lost
start_client few-files --to "$SERVER:7001" --from 10.0.0.12 --count 60 --nofile 40
wait_client 60 few-files
# Another port of the server: towards the first one, ports are still taken by what was just closed.
start_client few-ports --to "[$SERVER6]:7003" --from fd00::12 --count 150
wait_client 60 few-ports
start_client slow --to "[$SERVER6]:7003" --from fd00::13 --count 51 --rate 50
wait_client 60 slow
for name in closed refused lost few-files few-ports slow; do
	stop "$name"
done

# Standard input, being a pipe, ends it too.
mkfifo /run/told-to-stop
$IN_CLIENT load connect --to "$SERVER:7001" --from 10.0.0.11 </run/told-to-stop >"$RESULTS/piped.out" &
exec 3>/run/told-to-stop
wait_for 20 'the client is through' grep -q succeeded "$RESULTS/piped.out"
exec 3>&-
wait $!
