uname -r >"$RESULTS/release"
cd "$CTDIAG_CHECKOUT"
node -p 'process.version + " " + JSON.parse(fs.readFileSync("package.json")).name' >"$RESULTS/node"

# The sysctl is written 20 times while a probe on its handler counts.
background bpftrace bpftrace -f json -B line -e '
	kprobe:proc_dostring { @calls = count(); }
	interval:ms:100 { printf("tick"); print(@calls); }'
wait_line 60 bpftrace tick
for turn in $(seq 20); do
	echo "turn-$turn" >/proc/sys/kernel/hostname
done
wait_line 20 bpftrace '"@calls": 20'
stop bpftrace

# Without echo, so that the screen is the same however late the key comes.
terminal_start pane 80 24 '
	stty -echo
	echo "$(stty size) $(locale charmap)"
	echo "│ ▁▂▃ é │"
	read -r key
	echo "got $key"
	exit 7'
wait_for 20 'the pane shows its text' terminal_shows pane 'é'
terminal_keys pane q Enter
terminal_wait_end 20 pane
terminal_dump pane pane.txt
echo "$stopped" >"$RESULTS/pane-exit"
terminal_stop pane

background parent sh -c 'setpriv --pdeathsig KILL sleep 1000 & echo $!; wait'
wait_line 20 parent '[0-9]'
orphan=$(cat "$RESULTS/parent.out")
stop parent KILL
wait_for 5 'the orphan dies' test ! -e "/proc/$orphan"
echo gone >"$RESULTS/orphan"
