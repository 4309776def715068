# Limits hit for real, one after the other: what is printed is pasted, the finding closes, what keeps it is written,
# and the undo leaves every setting as it was. Each is found by the kernel's counters, while the trouble goes on.
topology_up host
modprobe nf_conntrack
# A namespace behind the host, with a server of its own: its fixes must be made there.
far_up
# A namespace is known by the processes in it, and looked for every ten seconds: these are there from the start.
background holder $IN_CLIENT sleep infinity
background far-holder $IN_FAR sleep infinity
mkdir -p /etc/sysctl.d /etc/modules-load.d

# state NAME : every setting that a fix may change, here and in the namespaces, and the files that it may write.
SETTINGS='^(net\.(core|ipv4|netfilter)\.|fs\.(file-max|nr_open) |vm\.max_map_count |kernel\.(pid_max|threads-max) )'
# Of another namespace: what is not the host's own, seen from there.
OWN_SETTINGS='^net\.(core|ipv4)\.'
# What the kernel changes by itself.
MOVING='nf_conntrack_count |nf_conntrack_log|\.base_reachable|tcp_fastopen_key|random|route\.flush|nf_conntrack_expect'
state() {
	local netns pid
	{
		sysctl -a 2>/dev/null | grep -E "$SETTINGS" | grep -vE "$MOVING" | sed 's/^/host: /'
		for netns in client far; do
			ip netns exec $netns sysctl -a 2>/dev/null | grep -E "$OWN_SETTINGS" | grep -vE "$MOVING" | sed "s/^/$netns: /"
		done
		for pid in /run/*.pid; do
			grep 'open files' "/proc/$(cat "$pid")/limits" 2>/dev/null | sed "s|^|$pid: |" || true
		done
		find /sys/fs/cgroup -name pids.max -exec grep -H . {} + 2>/dev/null || true
		find /etc /run -name '*ctdiag*' -type f 2>/dev/null || true
	} >"$RESULTS/$1.state"
}

# look NAME : diagnoses the host as it is now; the JSON in NAME.json, the exit code in NAME-exit.
look() {
	local code=0
	ctdiag diagnose --source counters --duration "${LOOK:-8s}" --format json >"$RESULTS/$1.json" || code=$?
	echo "$code" >"$RESULTS/$1-exit"
}

# part FIELD NAME CODE PATTERN : of the fix of the finding whose command matches.
part() {
	node -e '
		const [field, file, code, pattern] = process.argv.slice(1);
		const { findings } = JSON.parse(require("node:fs").readFileSync(file, "utf8"));
		const finding = findings.find((item) => item.code === code);
		const fix = finding?.fixes.find((item) => item.undo !== null && new RegExp(pattern).test(item.command ?? ""));
		if (fix === undefined) throw new Error(`no fix ${pattern} of ${code} among ${JSON.stringify(findings.map(({ code }) => code))}`);
		console.log(fix[field] ?? "");
	' "$1" "$RESULTS/$2.json" "$3" "$4"
}

# paste NAME PART : as a person does, and what it prints.
paste() {
	bash "$RESULTS/$1.$2" >>"$RESULTS/$1.pasted" 2>&1
}

# fixed NAME CODE PATTERN : the trouble goes on, in the background; it is found, fixed, found no more, and undone.
fixed() {
	local name=$1 field
	look "$name-before"
	state "$name-before"
	for field in command persist undo; do
		part $field "$name-before" "$2" "$3" >"$RESULTS/$name.$field"
	done
	paste "$name" command
	state "$name-fixed"
	look "$name-after"
	# There is no systemd here: what it keeps cannot be tried.
	grep -q systemctl "$RESULTS/$name.persist" || paste "$name" persist
	find /etc -name '*ctdiag*' -type f >"$RESULTS/$name.kept"
	paste "$name" undo
	state "$name-undone"
}

# churn NAME COMMAND... : the command over and over, until it is stopped.
churn() {
	local name=$1
	shift
	# A session of its own, so that what it started ends with it.
	background "$name" setsid bash -c 'trap "trap - TERM; kill 0" TERM; while :; do "$@" </dev/null >/dev/null 2>&1 || sleep 0.2; done' churn "$@"
}

# The file handles of the host, for a server without root's rights.
file_max() {
	local before
	before=$(sysctl -n fs.file-max)
	background files setpriv --reuid 65534 --regid 65534 --clear-groups load serve --listen "$SERVER:8840" --backlog 64
	wait_line 20 files listening
	sysctl -q -w fs.file-max=$(($(cut -f1 /proc/sys/fs/file-nr) + 60))
	start_client files-client --to "$SERVER:8840" --count 150 --timeout-ms 60000
	wait_for 60 'no file handle is left' eval '[ "$(cut -f1 /proc/sys/fs/file-nr)" -ge $(($(sysctl -n fs.file-max) - 2)) ]'
	fixed file-max system-file-limit fs.file-max
	sysctl -q -w fs.file-max="$before"
	stop files-client
	stop files
}

# A process at fs.nr_open, which must be raised first.
nr_open() {
	local before
	before=$(sysctl -n fs.nr_open)
	sysctl -q -w fs.nr_open=1024
	start_server opened --listen "$SERVER:8841" --backlog 64 --nofile 1024
	start_client opened-client --to "$SERVER:8841" --count 1080 --timeout-ms 90000
	wait_for 60 'no descriptor is left' eval '[ "$(ls /proc/$(pid_of opened)/fd | wc -l)" -ge 1024 ]'
	fixed nr-open process-fd-limit fs.nr_open
	stop opened-client
	stop opened
	sysctl -q -w fs.nr_open="$before"
}

# Data that nobody reads: more than the third figure of tcp_mem, in pages.
tcp_memory() {
	local before
	before=$(sysctl -n net.ipv4.tcp_mem)
	sysctl -q -w net.ipv4.tcp_mem='1000 1500 2000'
	start_server memory --listen "$SERVER:8842" --backlog 256
	start_client memory-client --to "$SERVER:8842" --count 40 --send 1000000
	wait_client 60 memory-client
	fixed tcp-memory tcp-memory tcp_mem
	stop memory-client
	stop memory
	sysctl -q -w net.ipv4.tcp_mem="$before"
}

# Connections that the server has closed and whose FIN is never answered: more than tcp_max_orphans.
orphans() {
	local before
	before=$(sysctl -n net.ipv4.tcp_max_orphans)
	deaf_in client 'tcp sport 8843 tcp flags & fin == fin'
	sysctl -q -w net.ipv4.tcp_max_orphans=20
	start_server orphans --listen "$SERVER:8843" --backlog 256 --close
	churn orphans-churn $IN_CLIENT timeout 2 load connect --to "$SERVER:8843" --count 60
	wait_for 60 'orphans are reset' eval '[ "$(nstat_value TcpExtTCPAbortOnMemory)" -gt 0 ]'
	fixed orphans orphan-limit tcp_max_orphans
	stop orphans-churn
	stop orphans
	hearing_in client
	sysctl -q -w net.ipv4.tcp_max_orphans="$before"
}

# A server that forks for each connection, in a control group of 20 tasks, and a few more connections every second.
tasks() {
	echo +pids >/sys/fs/cgroup/cgroup.subtree_control
	mkdir -p /sys/fs/cgroup/broker.service
	echo 20 >/sys/fs/cgroup/broker.service/pids.max
	background forking sh -c "echo \$\$ >/sys/fs/cgroup/broker.service/cgroup.procs
		exec load serve --listen $SERVER:8844 --backlog 256 --fork"
	wait_line 20 forking listening
	start_client forking-client --to "$SERVER:8844" --count 25 --timeout-ms 60000
	wait_for 60 'forks are refused' eval 'grep -q "max [1-9]" /sys/fs/cgroup/broker.service/pids.events'
	churn forking-churn $IN_CLIENT timeout 2 load connect --to "$SERVER:8844" --count 2
	# Control groups are read every five seconds, and it takes two looks to see that forks are refused.
	LOOK=15s
	fixed tasks task-limit pids.max
	unset LOOK
	stop forking-churn
	stop forking-client
	stop forking
}

# A server with a thread for each connection, and few mappings.
mappings() {
	local before
	before=$(sysctl -n vm.max_map_count)
	sysctl -q -w vm.max_map_count=1200
	start_server threads --listen "$SERVER:8845" --backlog 1024 --thread
	start_client threads-client --to "$SERVER:8845" --count 700
	wait_client 90 threads-client
	fixed mappings map-count-limit max_map_count
	stop threads-client
	stop threads
	sysctl -q -w vm.max_map_count="$before"
}

# More neighbours at once than the host may know.
neighbours() {
	sysctl -q -w net.ipv4.neigh.default.gc_thresh1=16 net.ipv4.neigh.default.gc_thresh2=32 net.ipv4.neigh.default.gc_thresh3=64
	churn neighbours-churn bash -c 'for i in $(seq 1 200); do echo x >/dev/udp/10.0.7.$i/9; done'
	wait_for 60 'the table overflows' eval 'dmesg | grep -q "neighbor.* table overflow"'
	fixed neighbours neighbour-table-overflow gc_thresh3
	stop neighbours-churn
	sysctl -q -w net.ipv4.neigh.default.gc_thresh3=1024 net.ipv4.neigh.default.gc_thresh2=512 net.ipv4.neigh.default.gc_thresh1=128
}

# More entries a bucket than the kernel's own eight.
few_buckets() {
	local before
	before=$(sysctl -n net.netfilter.nf_conntrack_buckets)
	sysctl -q -w net.netfilter.nf_conntrack_buckets=1024
	fixed buckets conntrack-buckets-undersized nf_conntrack_buckets
	sysctl -q -w net.netfilter.nf_conntrack_buckets="$before"
}

# Two hundred local ports, all but a few held by connections to one place.
local_ports() {
	background away $IN_CLIENT load serve --listen 10.0.0.11:8846 --backlog 512
	wait_line 20 away listening
	start_server reserved --listen "$SERVER:8847"
	sysctl -q -w net.ipv4.ip_local_port_range='20000 20199'
	background ports-client load connect --to 10.0.0.11:8846 --count 197
	wait_client 60 ports-client
	fixed local-ports ephemeral-ports-exhausted ip_local_port_range
	stop ports-client
	stop away
	stop reserved
	sysctl -q -w net.ipv4.ip_local_port_range='32768 60999'
}

# So many threads that the host's tasks are nearly used up. Not quite: what looks and what is pasted are tasks, too.
host_tasks() {
	local before
	before=$(sysctl -n kernel.threads-max)
	start_server tasked --listen "$SERVER:8850" --backlog 1024 --thread
	start_client tasked-client --to "$SERVER:8850" --count 2000 --timeout-ms 90000
	wait_client 120 tasked-client
	sysctl -q -w kernel.threads-max="$(($(cut -d/ -f2 /proc/loadavg | cut -d' ' -f1) * 100 / 96))"
	fixed threads-max task-limit kernel.threads-max
	sysctl -q -w kernel.threads-max="$before"
	stop tasked-client
	stop tasked
}

# A backlog of one packet for another processor, and ever more packets for it.
backlog() {
	local before
	before=$(sysctl -n net.core.netdev_max_backlog)
	sysctl -q -w net.core.netdev_max_backlog=1
	echo 2 >/sys/class/net/to-client/queues/rx-0/rps_cpus
	start_server flooded --listen "$SERVER:8851" --udp
	churn flood $IN_CLIENT timeout 4 load connect --udp --to "$SERVER:8851" --count 4000 --concurrency 1000 --burst 500 --timeout-ms 2000
	wait_for 60 'packets are dropped' grep -qvE '^[0-9a-f]+ 00000000 ' /proc/net/softnet_stat
	fixed backlog netdev-backlog-drop netdev_max_backlog
	stop flood
	stop flooded
	echo 0 >/sys/class/net/to-client/queues/rx-0/rps_cpus
	sysctl -q -w net.core.netdev_max_backlog="$before"
}

# SYNs beyond a queue in another network namespace, cookies off there: handshakes whose answers are lost.
far_syns() {
	$IN_FAR sysctl -q -w net.ipv4.tcp_syncookies=0
	background syn $IN_FAR load serve --listen $FAR:8848 --backlog 4
	wait_line 20 syn listening
	deaf_in host tcp sport 8848
	churn syn-churn timeout 3 load connect --to $FAR:8848 --count 60 --concurrency 60 --burst 60 --timeout-ms 2500
	wait_for 60 'SYNs are dropped' eval '[ "$($IN_FAR nstat -asz TcpExtTCPReqQFullDrop | awk "/Drop/ { print \$2 }")" -gt 0 ]'
	fixed far-syns syn-queue-overflow tcp_syncookies
	stop syn-churn
	stop syn
	hearing_in host
}

# A queue that is full in another network namespace: the check must look there.
far_queue() {
	background queue $IN_FAR load serve --listen $FAR:8849 --backlog 8 --no-accept
	wait_line 20 queue listening
	churn queue-churn timeout 3 load connect --to $FAR:8849 --count 30 --timeout-ms 2500
	wait_for 60 'the queue overflows' eval '[ "$($IN_FAR nstat -asz TcpExtListenOverflows | awk "/Overflows/ { print \$2 }")" -gt 0 ]'
	look far-queue
	node -e '
		const { findings } = JSON.parse(require("node:fs").readFileSync(process.argv[1], "utf8"));
		console.log(findings[0].fixes.find(({ kind }) => kind === "check").command);
	' "$RESULTS/far-queue.json" >"$RESULTS/far-queue.command"
	bash "$RESULTS/far-queue.command" >"$RESULTS/far-queue.shown"
	stop queue-churn
	stop queue
}

# Each in a shell of its own, so that what fails is named and the others still run; not behind `||`, where -e is off.
cases='file-max nr-open tcp-memory orphans tasks mappings neighbours few-buckets local-ports host-tasks backlog far-syns far-queue'
for item in $cases; do
	set +e
	(
		set -e
		"$(echo "$item" | tr - _)"
	)
	[ $? = 0 ] || echo "$item" >>"$RESULTS/failed"
	set -e
done
