# The time to set up flows, untraced and traced in turns. Each turn starts what traces, waits until it does, and has
# the same load three times. One line a load in $RESULTS/times: round, who traces, udp or tcp, milliseconds.
modprobe nf_conntrack hashsize=65536
sysctl -q -w net.netfilter.nf_conntrack_max=262144
topology_up server
track_connections inet
$IN_SERVER sysctl -q -w net.ipv4.tcp_max_syn_backlog=8192 net.core.somaxconn=8192
start_server tcp --listen "$SERVER:8883" --backlog 8192
start_server udp --udp --listen "$SERVER:5683"

# Prints the program that ctdiag would run on this kernel: DIST fexit|kprobe|detail.
cat >/run/program.mjs <<'MODULE'
const [dist, which] = process.argv.slice(2);
const { compose, wanted } = await import(`${dist}/src/sources/bpftrace/compose.js`);
const { inspectSystem } = await import(`${dist}/src/sources/bpftrace/system.js`);
const { DETAIL_HOOKS, HOOKS } = await import(`${dist}/src/sources/bpftrace/hooks.js`);
const roots = { proc: '/proc', sys: '/sys', path: process.env.PATH, isRoot: true };
const found = await inspectSystem(roots, wanted());
const system = which === 'kprobe' ? { ...found, vmlinuxBtf: false, moduleBtf: new Set() } : found;
const program = compose(system, new Map(), which === 'detail' ? DETAIL_HOOKS : HOOKS);
console.error(program.coverage.map((one) => `${one.hook} ${one.variant ?? one.reason}`).join(', '));
console.log(program.text);
MODULE
# Where a kernel has no BTF of modules, fexit is what kprobe is.
for which in fexit kprobe detail; do
	node /run/program.mjs "$CTDIAG_CHECKOUT/dist" "$which" >"/run/$which.bt" 2>"$RESULTS/$which.hooks"
done

# trace PROGRAM... : each by a bpftrace of its own, attached when it returns.
trace() {
	local which
	for which in "$@"; do
		background "$which" bpftrace -q --no-warnings -f json -B line "/run/$which.bt"
		wait_line 400 "$which" tick
	done
}

# A netlink socket of netfilter (12) that has joined groups.
conntrack_listens() {
	# shellcheck disable=SC2086
	$IN_SERVER awk '$2 == 12 && $4 !~ /^0+$/ { found = 1 } END { exit !found }' /proc/net/netlink
}

start_tracing() {
	case $1 in
	none) ;;
	fexit | kprobe) trace "$1" ;;
	detail) trace fexit detail ;;
	conntrack-E)
		# Its listener keeps the kernel making events for every flow.
		# Its output goes to memory, as bpftrace's totals nearly do.
		# shellcheck disable=SC2086
		background conntrack-E $IN_SERVER sh -c 'exec conntrack -E -o timestamp >/run/events'
		wait_for 20 'conntrack -E listens' conntrack_listens
		;;
	tcpsynbl)
		background tcpsynbl stdbuf -oL tcpsynbl 3600
		wait_for 200 'tcpsynbl traces' grep -q Tracing "$RESULTS/tcpsynbl.out"
		;;
	ctdiag) start_record ctdiag overhead.ctd.gz --force ;;
	esac
}

stop_tracing() {
	case $1 in
	none) ;;
	detail)
		stop detail INT
		stop fexit INT
		;;
	*) stop "$1" INT ;;
	esac
}

# load_once ROUND WHO KIND
load_once() {
	case $3 in
	udp) start_client one --udp --to "$SERVER:5683" --count "$FLOWS" --concurrency 128 --burst 128 --timeout-ms 20000 --from "$CLIENTS" ;;
	tcp) start_client one --to "$SERVER:8883" --count "$FLOWS" --concurrency 128 --burst 128 --timeout-ms 20000 --from "$CLIENTS" ;;
	esac
	wait_client 120 one
	jq -r --arg round "$1" --arg who "$2" --arg kind "$3" \
		'select(.succeeded == .attempted) | [$round, $who, $kind, .elapsedMs] | @tsv' "$RESULTS/one.out" >>"$RESULTS/times"
	stop one
	# Every flow is new again, and no port is waited for.
	$IN_SERVER conntrack -F 2>/dev/null
}

tracers="none fexit kprobe detail conntrack-E ctdiag"
if command -v tcpsynbl >/dev/null; then tracers="$tracers tcpsynbl"; fi
for round in $(seq 1 "$ROUNDS"); do
	for who in $tracers; do
		start_tracing "$who"
		for _ in 1 2 3; do
			load_once "$round" "$who" udp
			load_once "$round" "$who" tcp
		done
		stop_tracing "$who"
	done
	# The next round in another order: what comes first is never the same.
	tracers="${tracers#* } ${tracers%% *}"
done

# What the programs themselves take, by the kernel's own clock, which costs a little itself.
sysctl -q -w kernel.bpf_stats_enabled=1
for who in fexit kprobe detail; do
	trace "$who"
	load_once stats "stats-$who" udp
	load_once stats "stats-$who" tcp
	for info in "/proc/$(pid_of "$who")/fdinfo/"*; do
		awk -v who="$who" '/^prog_id/ { id = $2 } /^run_time_ns/ { ns = $2 } /^run_cnt/ { n = $2 }
			END { if (n > 0) print who "\t" id "\t" ns "\t" n }' "$info"
	done | sort -u >>"$RESULTS/stats"
	stop "$who" INT
done
