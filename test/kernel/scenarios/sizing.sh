# Idle connections for real, as many as the memory holds: what they take, against what the plan says of one.
PORT=8870
topology_up host
modprobe nf_conntrack
track_connections

# plan_figure EXPRESSION : of a plan for $count connections on this host.
plan_figure() {
	ctdiag plan --connections "$count" --listen $PORT --format json >"$RESULTS/plan.json" || [ $? = 2 ]
	node -p "const plan = JSON.parse(require('node:fs').readFileSync('$RESULTS/plan.json', 'utf8')); $1"
}

# As many as the plan lets this memory hold, but for what both ends take here: the clients' are on the same host.
count=1000
most=$(plan_figure plan.mostConnections)
available=$(awk '/^MemAvailable/ { print $2 * 1024 }' /proc/meminfo)
both_ends=9000
count=$((available * 4 / 5 / both_ends))
[ "$count" -le "$most" ] || count=$most
echo "$count" >"$RESULTS/count"
ctdiag plan --connections "$count" --listen $PORT --apply --yes >"$RESULTS/applied"
# The sizes of this kernel's slabs, once they are in use.
plan_figure plan.fits >"$RESULTS/fits"

# memory NAME : what is in use now; clean caches are given back first, so that they are not counted.
memory() {
	sync
	echo 3 >/proc/sys/vm/drop_caches
	cat /proc/meminfo >"$RESULTS/$1.meminfo"
	cat /proc/slabinfo >"$RESULTS/$1.slabinfo"
	cat /proc/net/sockstat >"$RESULTS/$1.sockstat"
	grep -hE '^(RssAnon|VmPTE):' /proc/[0-9]*/status >"$RESULTS/$1.processes"
}

start_server holder --listen "[$SERVER6]:$PORT" --nofile $((count + 100))
memory before
start_client clients --to "[$SERVER6]:$PORT" --from "$CLIENTS6" --count "$count" --concurrency 256 \
	--timeout-ms 120000 --nofile $((count + 100))
wait_client 800 clients
memory after
conntrack_count >"$RESULTS/entries"
count=$(cat "$RESULTS/count") plan_figure plan.fits >/dev/null
stop clients
stop holder
