# Limits other than conntrack's and a slow accept, each hit for real, one after the other, each recorded by itself
# from the kernel's counters: these are decided without probes.
topology_up host
# A namespace is known by the processes in it, and looked for every ten seconds: this one is there from the start.
background holder $IN_CLIENT sleep infinity

# A server that may open few files: accept fails with EMFILE, and its queue fills behind that.
few_files() {
	start_server few --listen "$SERVER:8801" --backlog 8 --nofile 64
	start_client few-client --to "$SERVER:8801" --count 150 --concurrency 150 --timeout-ms 4000
	some_frames_later few-files
	nstat_value TcpExtListenOverflows >"$RESULTS/few-files.overflows"
	ls "/proc/$(pid_of few)/fd" | wc -l >"$RESULTS/few-files.fds"
	still_running='few-client few'
}
recorded few-files few_files

# More TIME_WAIT than there are buckets.
time_wait() {
	start_server tw --listen "$SERVER:8802" --backlog 1024
	start_client tw-client --to "$SERVER:8802" --count 100 --close
	wait_client 60 tw-client
	some_frames_later time-wait
	$IN_CLIENT nstat -asz TcpExtTCPTimeWaitOverflow | awk '/Overflow/ { print $2 }' >"$RESULTS/time-wait.overflows"
	stop tw-client
	stop tw
}
buckets=$($IN_CLIENT sysctl -n net.ipv4.tcp_max_tw_buckets)
$IN_CLIENT sysctl -q -w net.ipv4.tcp_max_tw_buckets=10
recorded time-wait time_wait
$IN_CLIENT sysctl -q -w net.ipv4.tcp_max_tw_buckets="$buckets"

# SYNs beyond a SYN queue, cookies off: handshakes that hang because their answers are lost.
syn_queue() {
	start_server syn --listen "$SERVER:8803" --backlog 4
	deaf_in client tcp sport 8803
	start_client syn-client --to "$SERVER:8803" --count 60 --concurrency 60 --burst 60 --timeout-ms 3000
	wait_client 60 syn-client
	some_frames_later syn-queue
	nstat_value TcpExtTCPReqQFullDrop >"$RESULTS/syn-queue.drops"
	stop syn-client
	stop syn
}
sysctl -q -w net.ipv4.tcp_syncookies=0
recorded syn-queue syn_queue
sysctl -q -w net.ipv4.tcp_syncookies=1

# The file handles of the whole host.
file_max() {
	start_server files --listen "$SERVER:8804" --backlog 64
	sysctl -q -w fs.file-max=$(($(cut -f1 /proc/sys/fs/file-nr) + 40))
	start_client files-client --to "$SERVER:8804" --count 60
	some_frames_later file-max
	cat /proc/sys/fs/file-nr >"$RESULTS/file-max.file-nr"
	still_running='files-client files'
}
recorded file-max file_max
