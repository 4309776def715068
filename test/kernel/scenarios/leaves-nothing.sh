# However ctdiag ends: no bpftrace is left, the terminal is as it was, the exit code is the documented one.
modprobe nf_conntrack

no_bpftrace() {
	! pgrep -x bpftrace >/dev/null
}

# has_seconds N CAPTURE : so many are in it, though it is still being written.
has_seconds() {
	[ "$(zcat "$2" 2>/dev/null | grep -c '"type":"tick"')" -ge "$1" ]
}

# How the terminal stands: alternate screen, cursor shown, any mouse mode, and what stty says.
terminal_state() {
	tmux -L "$1" display-message -p -t "$1" '#{alternate_on} #{cursor_flag} #{mouse_any_flag}'
	terminal_settings "$1"
}

# ends HOW WHEN COMMAND... : starts top in a terminal, waits until its probes are attached, or for their bpftrace to
# run, for it takes a minute to attach under emulation; ends it so, and notes what is left.
ends() {
	local how when options=
	how=$1
	when=$2
	shift 2
	if [ "$how" = exception ]; then
		# Thrown into the running program from outside.
		cat >/run/throw.mjs <<-MODULE
			import { existsSync } from 'node:fs';
			setInterval(() => {
			  if (existsSync('/run/throw')) throw new Error('thrown by the test');
			}, 100).unref();
		MODULE
		options='--import /run/throw.mjs'
	fi
	terminal_start "$how" 80 24 "echo BEFORE; touch /run/$how.ready; read -r go; node $options $CTDIAG_CHECKOUT/dist/cli.js top"
	wait_for 20 "the terminal for $how is ready" terminal_shows "$how" BEFORE
	terminal_state "$how" >"$RESULTS/$how.before"
	terminal_keys "$how" Enter
	wait_for 300 "top starts bpftrace ($how)" pgrep -x bpftrace
	# Its screen stands as well: there is something to put back.
	wait_for 300 "top draws its screen ($how)" terminal_shows "$how" probes
	if [ "$when" = attached ]; then
		wait_for 300 "top attaches its probes ($how)" terminal_shows "$how" '[1-9][0-9]*/[0-9]* probes'
	fi
	pgrep -x bpftrace >/dev/null || fail "no bpftrace runs before $how"
	program=$(pgrep -f 'cli\.js top$')
	"$@"
	wait_for 30 "no bpftrace is left after $how" no_bpftrace
	terminal_wait_end 30 "$how"
	echo "$stopped" >"$RESULTS/$how.exit"
	terminal_state "$how" >"$RESULTS/$how.after"
	terminal_dump "$how" "$how.txt"
	terminal_stop "$how"
}

ends q attached terminal_keys q q
ends ctrl-c starting terminal_keys ctrl-c C-c
ends SIGINT starting eval 'kill -s INT $program'
ends SIGTERM attached eval 'kill -s TERM $program'
ends SIGHUP starting eval 'kill -s HUP $program'
ends exception attached touch /run/throw
rm /run/throw
ends SIGKILL attached eval 'kill -s KILL $program'

# The terminal goes away under it.
terminal_start closed 80 24 'exec ctdiag top'
wait_for 300 'top attaches its probes' terminal_shows closed '[1-9][0-9]*/[0-9]* probes'
program=$(pid_of closed)
terminal_stop closed
wait_for 30 'no bpftrace is left after the terminal closed' no_bpftrace
wait_for 30 'ctdiag ends with its terminal' eval '! kill -0 $program 2>/dev/null'

# A recording that is ended by a signal is whole.
for signal in INT TERM HUP; do
	# The probes once: they end as with INT.
	if [ $signal = INT ]; then start_record "record-$signal" "$signal.ctd.gz"; else
		background "record-$signal" ctdiag record --source counters "$RESULTS/$signal.ctd.gz"
		wait_for 60 "it records ($signal)" has_seconds 3 "$RESULTS/$signal.ctd.gz"
	fi
	stop "record-$signal" "$signal"
	echo "$stopped" >"$RESULTS/record-$signal.exit"
	# An ending waits half a second for a killed bpftrace; the kernel may need longer to take its probes away.
	wait_for 30 "no bpftrace is left after SIG$signal" no_bpftrace
done
# One that is killed reads to the last second.
start_record record-KILL KILL.ctd.gz
stop record-KILL KILL
wait_for 30 'no bpftrace is left after kill -9' no_bpftrace
for signal in INT TERM HUP KILL; do
	diagnose "diagnosis-$signal" "$signal.ctd.gz" 2>"$RESULTS/diagnosis-$signal.err"
done
