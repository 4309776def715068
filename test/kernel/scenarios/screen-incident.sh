# shellcheck shell=bash
# An incident as the one who is called at night sees it: `ctdiag top` in a real terminal while its host goes from
# healthy to filling to full and is mended by the very command that the screen shows. Then the same screen through
# what terminals do to programs: sizes, job control, locales.
modprobe nf_conntrack
topology_up host
track_connections inet
# Smaller than stock, so that every stage is reached within seconds and stays long enough to be looked at.
sysctl -q -w net.netfilter.nf_conntrack_max=8192
start_server server --listen "$SERVER:8883" --backlog 1024
mkdir -p /run/work

# stage NAME : the screen of that moment, kept.
stage() {
	terminal_dump top "$1.txt"
}

# stage_when SECONDS NAME WHAT PATTERN... : the first screen that shows all the patterns, kept.
stage_when() {
	local seconds=$1 name=$2 what=$3
	shift 3
	terminal_dump_when "$seconds" "$what" top "$name.txt" "$@"
}

# sized NAME WIDTH HEIGHT PATTERN : the screen at another size, kept once it shows the pattern.
sized() {
	terminal_resize top "$2" "$3"
	stage_when 60 "$1" "the screen at $2x$3 ($1)" "$4"
}

# gone NAME : closes the terminal; its server must have ended before the next one of that name.
gone() {
	terminal_stop "$1"
	wait_for 30 "the terminal $1 is gone" eval "! tmux -L $1 has-session 2>/dev/null"
}

# --- Healthy ---------------------------------------------------------------------------------------------
terminal_start top 80 24 "cd /run/work && exec ctdiag top"
# A machine that is shared compiles slowly; ctdiag tries again after two minutes.
wait_for 600 'top attaches its probes' terminal_shows top '[1-9][0-9]*/[0-9]* probes'
stage_when 60 1-healthy 'the healthy verdict' '✔ no limit is hit'
terminal_keys top r
wait_for 30 'it records' terminal_shows top 'REC '

# --- Filling ---------------------------------------------------------------------------------------------
start_client first --to "$SERVER:8883" --from "$CLIENTS" --count 7700 --concurrency 256 --rate 400
stage_when 200 2-filling 'the filling verdict' '▲ conntrack table filling'
wait_client 200 first

# --- Full ------------------------------------------------------------------------------------------------
start_client second --to "$SERVER:8883" --from "$CLIENTS" --count 100000 --concurrency 400 --timeout-ms 2000 --rate 60
stage_when 200 3-full 'the verdict that it is full' '✖ conntrack table full: 8,19[23] of 8,192; refusing [0-9]'
terminal_keys top m
terminal_keys top -l 'clients call'
terminal_keys top Enter
wait_for 30 'the mark is told' terminal_shows top 'marked: clients call'
terminal_keys top Enter
stage_when 30 3-full-detail 'the finding in full' 'EVIDENCE'
terminal_keys top Escape
# Another view is shown only once the one before is gone: a key that comes too early would be taken by it.
wait_for 30 'the panes again' terminal_shows top CEILINGS
terminal_keys top s
wait_for 30 'the report is written' terminal_shows top 'report written to'
sized 3-full-120x36 120 36 '.\{100,\}'
sized 3-full-200x60 200 60 '.\{180,\}'
sized 3-full-50x12 50 12 'full screen needs 60x16'
terminal_resize top 1 1
sized 3-full-again 80 24 'CEILINGS'
# Frozen: the clock of the header stands while that of the host goes on.
terminal_keys top Space
stage_when 30 3-frozen 'it is frozen' FROZEN
frozen_at=$(terminal_text top | head -1 | grep -oE '[0-9:]+ (UTC|[-+][0-9:]+)$')
until=$(($(date +%s) + 3))
wait_for 30 'some seconds pass' eval '[ "$(date +%s)" -gt "$until" ]'
[ "$(terminal_text top | head -1 | grep -oE '[0-9:]+ (UTC|[-+][0-9:]+)$')" = "$frozen_at" ] || fail 'a frozen screen moved'
terminal_keys top N
wait_for 30 'back at the change to full or filling' eval '! terminal_shows top "FROZEN $frozen_at"'
stage 3-frozen-before
terminal_keys top End
wait_for 30 'live again' terminal_shows top LIVE

# --- Fixed -----------------------------------------------------------------------------------------------
fix="sysctl -w $(terminal_text top | grep -o 'net\.netfilter\.nf_conntrack_max=[0-9]*' | head -1)"
echo "$fix" >"$RESULTS/fix"
sh -c "$fix" >/dev/null
stage_when 120 4-over 'the verdict that it has recovered' 'recovered [0-9<].* ago'
stage_when 240 5-fixed 'the verdict that nothing is wrong' '✔ no limit is hit'
terminal_keys top 5
stage_when 30 5-events 'all events' 'clients call'
# The first closes the page of events.
terminal_keys top q q
terminal_wait_end 30 top
echo "$stopped" >"$RESULTS/top-exit"
stage 6-left
gone top
# With attempts under way the client heeds nothing less.
stop second KILL
stop first
capture=$(echo /run/work/*.ctd.gz)
cp "$capture" "$RESULTS/incident.ctd.gz"
cp /run/work/*.md "$RESULTS/report.md"
diagnose diagnosis incident.ctd.gz

# --- Replayed, with the terminal changing under it ---------------------------------------------------------
terminal_start top 80 24 "exec ctdiag replay --speed 20 $RESULTS/incident.ctd.gz"
wait_for 60 'the replay' terminal_shows top 'REPLAY'
for size in '1 1' '3 50' '200 2' '120 36' '1 1'; do
	# shellcheck disable=SC2086
	terminal_resize top $size
done
sized 7-replay 80 24 'CEILINGS'
wait_for 120 'the replay stands at its end' terminal_shows top 'PAUSED'
# The last change is the return to health; the one before it is of the trouble.
terminal_keys top N N
stage_when 30 7-replay-change 'the change before' '[▲✖■] conntrack table'
terminal_keys top q
terminal_wait_end 30 top
echo "$stopped" >"$RESULTS/replay-exit"
gone top

# --- Job control -----------------------------------------------------------------------------------------
terminal_start top 80 24 'PS1="$ " exec bash --norc --noprofile -i'
terminal_keys top -l 'ctdiag top --source counters'
terminal_keys top Enter
wait_for 60 'top under a shell' terminal_shows top CEILINGS
terminal_keys top C-z
wait_for 30 'it has stopped' terminal_shows top Stopped
tmux -L top display-message -p -t top '#{alternate_on} #{cursor_flag} #{mouse_any_flag}' >"$RESULTS/stopped-state"
terminal_keys top -l 'echo still $((40 + 2))'
terminal_keys top Enter
stage_when 30 8-stopped 'the shell answers meanwhile' 'still 42'
terminal_keys top -l fg
terminal_keys top Enter
stage_when 60 8-back 'it is back' CEILINGS
terminal_keys top q
wait_for 30 'it has left, so that keys go to the shell' eval '! pgrep -f "cli\.js top --source counters$" >/dev/null'
terminal_keys top -l 'echo left $?'
terminal_keys top Enter
stage_when 30 8-left 'the shell after it' 'left 0'
terminal_keys top -l exit
terminal_keys top Enter
terminal_wait_end 30 top
gone top

# --- Terminals and locales -------------------------------------------------------------------------------
# shown NAME ENVIRONMENT : the screen under it, kept.
shown() {
	terminal_start top 80 24 "export $2; exec ctdiag top --source counters"
	stage_when 60 "$1" "the screen with $2" CEILINGS
	terminal_keys top q
	terminal_wait_end 30 top
	gone top
}
shown 9-ascii LC_ALL=C
shown 9-no-color NO_COLOR=1
shown 9-screen TERM=screen-256color
for how in 'TERM=dumb ctdiag top' 'ctdiag top | cat' 'ctdiag top </dev/null'; do
	# Not to the terminal, which would break the sentence where its row ends.
	terminal_start top 80 24 "exec 2>>$RESULTS/refusals; $how"
	terminal_wait_end 30 top
	gone top
done
stop server
