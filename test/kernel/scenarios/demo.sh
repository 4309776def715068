# shellcheck shell=bash
# The recording behind `npm run demo` and the README: a broker at the stock limits, clients of three networks, one of
# which reconnects in a storm; the table fills, new clients are refused, the fix that the screen shows is pasted, and the
# storm gets in.
modprobe nf_conntrack
hostname mqtt-7
CLIENTS=10.0.1.11,10.0.1.12,10.0.2.21,10.0.3.31,10.0.3.32
topology_up host
track_connections inet
# Named as a broker would be, by its program.
cp "$(command -v load)" /usr/local/bin/brokerd
background brokerd brokerd serve --listen "$SERVER:8883" --backlog 4096
wait_line 20 brokerd listening

terminal_start top 120 36 "exec ctdiag top --detail on --record $RESULTS/demo.ctd.gz"
wait_for 600 'top attaches its probes' terminal_shows top '9/9 probes'
some_frames_later demo

# connections_reach N : so many entries stand in the table.
connections_reach() {
	wait_for 300 "$1 entries stand" eval "[ \$(cat /proc/sys/net/netfilter/nf_conntrack_count) -ge $1 ]"
}

start_client morning --to "$SERVER:8883" --from 10.0.1.11,10.0.1.12,10.0.2.21 --count 40000 --concurrency 200 --rate 600
connections_reach 39000
some_frames_later demo
start_client storm --to "$SERVER:8883" --from 10.0.3.31,10.0.3.32 --count 34000 --concurrency 800 --rate 700 --timeout-ms 4000
terminal_dump_when 300 'top names the cause' top full.txt 'conntrack table full' '65,536 of 65,536' 'refusing [0-9]'
fix=$(grep -o 'sysctl -w .*nf_conntrack_max=[0-9]*' "$RESULTS/full.txt" | head -1)
some_frames_later demo
terminal_keys top m
wait_for 20 'top asks for the note' terminal_shows top 'note for this moment'
terminal_keys top 'fix pasted' Enter
eval "$fix"
wait_client 300 storm
background retry $IN_CLIENT load connect --to "$SERVER:8883" --from 10.0.3.31,10.0.3.32 --count 9000 --rate 600
wait_client 300 retry
some_frames_later demo
terminal_keys top q
terminal_wait_end 30 top
diagnose diagnosis demo.ctd.gz
stop retry
stop storm
stop morning
stop brokerd
