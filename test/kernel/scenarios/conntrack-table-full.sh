# The incident: many connections to one server with a stateful firewall, everything at its stock value, while
# ctdiag records and shows it from the host's namespace.
modprobe nf_conntrack
topology_up
track_connections inet
start_server server --listen "$SERVER:8883" --backlog 4096
oracles before

bpftrace --version >"$RESULTS/bpftrace-version"
start_record record incident.ctd.gz
terminal_start top 80 24 'exec ctdiag top'
wait_for 400 'top attaches its probes' terminal_shows top '[1-9][0-9]*/[0-9]* probes'
terminal_dump top top-quiet.txt

start_client client --to "$SERVER:8883" --from "$CLIENTS" --count "$CONNECTIONS" --concurrency 2000
wait_for 60 'top sees the load' terminal_shows top 'conntrack.* [1-9][0-9]*,[0-9]\{3\}  *65,536'
terminal_dump top top-load.txt
if [ "$CONNECTIONS" -gt 65536 ]; then
	# The first refusals come while the count, read a moment earlier, is still below.
	full=('conntrack table full' '65,536 of 65,536' 'refusing [0-9]')
	terminal_dump_when 600 'top names the cause at 80x24' top top-full-80x24.txt "${full[@]}"
	terminal_resize top 120 36
	terminal_dump_when 60 'top names the cause at 120x36' top top-full-120x36.txt "${full[@]}" '.\{100,\}'
fi
wait_client 400 client

terminal_keys top q
terminal_wait_end 30 top
echo "$stopped" >"$RESULTS/top-exit"
stop_record record
oracles after
diagnose diagnosis incident.ctd.gz
# Some keys cannot be read, which newer versions take for a failure.
$IN_SERVER sysctl --all >"$RESULTS/sysctl" 2>"$RESULTS/sysctl.err" || true
$IN_SERVER ss --summary >"$RESULTS/sockets"
free --mebi >"$RESULTS/memory"
stop client
stop server
