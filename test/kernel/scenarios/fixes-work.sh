# What ctdiag prints is pasted into a shell, and the stall ends.
topology_up host
# A namespace is known by the processes in it, and looked for every ten seconds: this one is there from the start.
background holder $IN_CLIENT sleep infinity

# look NAME : diagnoses the host as it is now; the JSON in NAME.json, the exit code in NAME-exit.
look() {
	local code=0
	ctdiag diagnose --source counters --duration 10s --format json >"$RESULTS/$1.json" || code=$?
	echo "$code" >"$RESULTS/$1-exit"
}

# first_mending FIELD NAME : of the first fix of the first finding that changes something.
first_mending() {
	node -e '
		const [field, file] = process.argv.slice(1);
		const { findings } = JSON.parse(require("node:fs").readFileSync(file, "utf8"));
		const fix = findings[0].fixes.find((one) => one.command !== null && one.undo !== null);
		console.log(fix[field]);
	' "$1" "$RESULTS/$2.json"
}

# mended NAME : looks, and pastes what is printed.
mended() {
	look "$1-before"
	first_mending command "$1-before" >"$RESULTS/$1.command"
	bash -e "$RESULTS/$1.command" >"$RESULTS/$1.pasted" 2>&1
}

# A full table: clients go on trying, and get in as soon as there is room.
track_connections
sysctl -q -w net.netfilter.nf_conntrack_max=300
start_server table --listen "$SERVER:8831"
start_client table-client --to "$SERVER:8831" --count 450 --concurrency 300 --timeout-ms 90000
wait_for 60 'the table is full' eval '[ "$(conntrack_count)" -ge 300 ] && [ "$(conntrack_stat drop)" -gt 0 ]'
mended table
wait_client 90 table-client
look table-after
sysctl -n net.netfilter.nf_conntrack_max >"$RESULTS/table.raised"
# What keeps it, and what takes it back, work as they are printed too.
mkdir -p /etc/sysctl.d /etc/modules-load.d
first_mending persist table-before >"$RESULTS/table.persist"
bash -e "$RESULTS/table.persist"
cat /etc/sysctl.d/90-ctdiag-conntrack.conf /etc/modules-load.d/ctdiag-conntrack.conf >"$RESULTS/table.kept"
sysctl -q -w net.netfilter.nf_conntrack_max=1
sysctl -q -p /etc/sysctl.d/90-ctdiag-conntrack.conf
sysctl -n net.netfilter.nf_conntrack_max >"$RESULTS/table.kept-max"
first_mending undo table-before >"$RESULTS/table.undo"
bash -e "$RESULTS/table.undo" >/dev/null
sysctl -n net.netfilter.nf_conntrack_max >"$RESULTS/table.undone"
ls /etc/sysctl.d /etc/modules-load.d | grep ctdiag >"$RESULTS/table.left" || true
grep '^nf_conntrack ' /proc/slabinfo >"$RESULTS/table.slab"
stop table-client
stop table
nft delete table inet watched
sysctl -q -w net.netfilter.nf_conntrack_max=65536

# A server out of descriptors: those who wait are answered as soon as it may accept.
start_server files --listen "$SERVER:8832" --backlog 128 --answer --nofile 64
start_client files-client --to "$SERVER:8832" --count 100 --concurrency 100 --burst 100 --ask --timeout-ms 90000
wait_for 60 'no descriptor is left' eval '[ "$(ls /proc/$(pid_of files)/fd | wc -l)" -ge 64 ]'
mended files
wait_client 90 files-client
look files-after
stop files-client
stop files

# A queue as short as somaxconn: the command, and the restart that it asks for.
sysctl -q -w net.core.somaxconn=16
start_server short --listen "$SERVER:8833" --no-accept
start_client short-client --to "$SERVER:8833" --count 40 --timeout-ms 15000
wait_for 60 'the queue overflows' eval '[ "$(nstat_value TcpExtListenOverflows)" -gt 0 ]'
mended queue
wait_client 60 short-client
stop short-client
stop short
start_server long --listen "$SERVER:8833" --no-accept
start_client long-client --to "$SERVER:8833" --count 40 --timeout-ms 10000
wait_client 60 long-client
look queue-after
ss -Hltn 'sport = :8833' >"$RESULTS/queue.listener"
stop long-client
stop long
