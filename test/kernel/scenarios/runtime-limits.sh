# Limits that no sysctl sets, hit for real: the ports of an Erlang emulator, and the memory of a control group, for want
# of which accept() has no socket.
topology_up host
# A namespace is known by the processes in it, and looked for every ten seconds: this one is there from the start.
background holder $IN_CLIENT sleep infinity

# A server on Debian's Erlang with the smallest table of ports. Where accept fails it waits a second, as brokers do.
erlang_ports() {
	background erlang prlimit --nofile=8192 erl -noinput +Q 1024 -eval '
		{ok, Listener} = gen_tcp:listen(8821, [{ip, {10, 0, 0, 1}}, {backlog, 8}, {active, false}]),
		io:format("listening~n"),
		Accept = fun Next(Held) ->
			case catch gen_tcp:accept(Listener) of
				{ok, Socket} -> Next([Socket | Held]);
				Failure ->
					io:format("~p with ~p ports~n", [Failure, length(erlang:ports())]),
					timer:sleep(1000),
					Next(Held)
			end
		end,
		Accept([]).'
	wait_line 120 erlang listening
	start_client erlang-client --to "$SERVER:8821" --count 1100 --timeout-ms 90000
	wait_line 120 erlang system_limit
	# Sockets and their owners are looked at every five seconds.
	some_frames_later erlang-ports
	some_frames_later erlang-ports
	ls "/proc/$(pid_of erlang)/fd" | wc -l >"$RESULTS/erlang-ports.fds"
	ss -Hltn 'sport = :8821' >"$RESULTS/erlang-ports.queue"
	still_running='erlang-client erlang'
}
recorded erlang-ports erlang_ports

# A server whose control group has no memory left; the kernel finds no process there that it may kill.
GROUP=/sys/fs/cgroup/hungry.service
echo +memory >/sys/fs/cgroup/cgroup.subtree_control
mkdir "$GROUP"
start_record hungry-record socket-memory.ctd.gz --interval 500ms
background hungry sh -c "echo \$\$ >$GROUP/cgroup.procs; echo -1000 >/proc/self/oom_score_adj
	exec load serve --listen $SERVER:8822 --backlog 8"
wait_line 20 hungry listening
some_frames_later socket-memory
echo $(($(cat $GROUP/memory.current) + 65536)) >$GROUP/memory.max
start_client hungry-client --to "$SERVER:8822" --count 1000 --timeout-ms 120000
# What fails for want of a page may be the file instead of the socket (ENOMEM): with a page more it is another.
enfile() {
	zcat "$RESULTS/socket-memory.ctd.gz" 2>/dev/null | grep -q '"probe.accept_enfile":[1-9]'
}
enfile_with_another_page() {
	local from
	from=$(frames socket-memory)
	wait_for 60 'frames pass' eval '[ "$(frames socket-memory)" -ge $((from + 8)) ]'
	enfile || {
		echo $(($(cat $GROUP/memory.max) + 4096)) >$GROUP/memory.max
		return 1
	}
}
wait_for 240 'accept() has no memory for a socket' enfile_with_another_page
some_frames_later socket-memory
date --iso-8601=ns --utc | sed 's/,/./' >"$RESULTS/socket-memory.from"
some_frames_later socket-memory
cat $GROUP/memory.events >"$RESULTS/socket-memory.events"
cat /proc/sys/fs/file-nr >"$RESULTS/socket-memory.file-nr"
stop_record hungry-record
code=0
ctdiag diagnose "$RESULTS/socket-memory.ctd.gz" --from "$(cat "$RESULTS/socket-memory.from")" --format json \
	>"$RESULTS/socket-memory.json" || code=$?
echo "$code" >"$RESULTS/socket-memory-exit"
stop hungry-client
stop hungry
