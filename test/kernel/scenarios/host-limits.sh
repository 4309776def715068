# Limits of the host, of a process and of an application, each hit for real, one after the other.
topology_up host
# A namespace is known by the processes in it, and looked for every ten seconds: this one is there from the start.
background holder $IN_CLIENT sleep infinity

# with_sysctl NAME VALUE COMMAND... : and back to what it was.
with_sysctl() {
	local name=$1 before
	before=$(sysctl -n "$name")
	sysctl -q -w "$name=$2"
	shift 2
	"$@"
	sysctl -q -w "$name=$before"
}

# Connections that the server has closed and whose FIN is never answered: more than tcp_max_orphans.
orphans() {
	deaf_in client 'tcp sport 8811 tcp flags & fin == fin'
	start_server orphans --listen "$SERVER:8811" --backlog 256 --close
	start_client orphans-client --to "$SERVER:8811" --count 120
	wait_client 60 orphans-client
	some_frames_later orphans
	cat /proc/net/sockstat >"$RESULTS/orphans.sockstat"
	nstat_value TcpExtTCPAbortOnMemory >"$RESULTS/orphans.aborts"
	stop orphans-client
	stop orphans
	hearing_in client
}
with_sysctl net.ipv4.tcp_max_orphans 20 recorded orphans orphans

# Data that nobody reads: more than the third figure of tcp_mem, in pages.
tcp_memory() {
	start_server memory --listen "$SERVER:8812" --backlog 256
	start_client memory-client --to "$SERVER:8812" --count 100 --send 1000000
	wait_client 60 memory-client
	some_frames_later tcp-memory
	cat /proc/net/sockstat >"$RESULTS/tcp-memory.sockstat"
	nstat_value TcpExtTCPMemoryPressures >"$RESULTS/tcp-memory.pressures"
	stop memory-client
	stop memory
}
with_sysctl net.ipv4.tcp_mem '2000 3000 4000' recorded tcp-memory tcp_memory

# A server that forks for each connection, in a control group of 20 tasks.
tasks() {
	echo +pids >/sys/fs/cgroup/cgroup.subtree_control
	mkdir -p /sys/fs/cgroup/broker.service
	echo 20 >/sys/fs/cgroup/broker.service/pids.max
	background forking sh -c "echo \$\$ >/sys/fs/cgroup/broker.service/cgroup.procs
		exec load serve --listen $SERVER:8813 --backlog 256 --fork"
	wait_line 20 forking listening
	some_frames_later tasks
	start_client forking-client --to "$SERVER:8813" --count 80
	wait_client 60 forking-client
	some_frames_later tasks
	cat /sys/fs/cgroup/broker.service/pids.events >"$RESULTS/tasks.events"
	stop forking-client
	stop forking
}
recorded tasks tasks

# A server with a thread for each connection, and few mappings.
mappings() {
	start_server threads --listen "$SERVER:8814" --backlog 1024 --thread
	start_client threads-client --to "$SERVER:8814" --count 800
	wait_client 60 threads-client
	some_frames_later mappings
	wc -l <"/proc/$(pid_of threads)/maps" >"$RESULTS/mappings.lines"
	stop threads-client
	stop threads
}
with_sysctl vm.max_map_count 1200 recorded mappings mappings

# A broker that holds 40 connections and closes all further ones as soon as it has accepted them.
own_limit() {
	nstat_value TcpExtListenOverflows >"$RESULTS/own-limit.overflows-before"
	nstat_value TcpExtListenDrops >"$RESULTS/own-limit.drops-before"
	start_server full --listen "$SERVER:8815" --backlog 256 --max-held 40
	start_client full-client --to "$SERVER:8815" --count 300 --rate 40 --ask --timeout-ms 500
	wait_client 60 full-client
	some_frames_later own-limit
	nstat_value TcpExtListenOverflows >"$RESULTS/own-limit.overflows-after"
	nstat_value TcpExtListenDrops >"$RESULTS/own-limit.drops-after"
	stop full-client
	stop full
}
recorded own-limit own_limit

# The file handles of the host run out for a server without root's rights: ENFILE, which the probe sees.
start_record enfile-record enfile.ctd.gz --interval 500ms
background nobody setpriv --reuid 65534 --regid 65534 --clear-groups load serve --listen "$SERVER:8816" --backlog 8
wait_line 20 nobody listening
some_frames_later enfile
before=$(sysctl -n fs.file-max)
sysctl -q -w fs.file-max=$(($(cut -f1 /proc/sys/fs/file-nr) + 60))
start_client enfile-client --to "$SERVER:8816" --count 150
some_frames_later enfile
cat /proc/sys/fs/file-nr >"$RESULTS/enfile.file-nr"
sysctl -q -w fs.file-max="$before"
stop enfile-client
stop nobody
stop_record enfile-record
diagnose enfile enfile.ctd.gz
