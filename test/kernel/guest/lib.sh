# shellcheck shell=bash
# What guest scripts are made of: waiting, namespaces, load, background commands, oracles, terminals.
# Source it first. Everything worth keeping goes to $RESULTS, which is on the host at once. A command that
# fails ends the script, and is named on stderr.
set -Eeu
trap 'echo "FAILED: ${BASH_SOURCE[0]##*/} line $LINENO: $BASH_COMMAND" >&2' ERR

RESULTS=/results

# Programs of the host that work in every root.
for program in $CTDIAG_PROGRAMS; do
	ln -sfn "$program" "/usr/local/bin/${program##*/}"
done

# --- Failing and waiting ---------------------------------------------------------------------------------

fail() {
	echo "FAILED: $*" >&2
	exit 1
}

# wait_for SECONDS WHAT COMMAND... : until the command succeeds. The time is only for giving up.
wait_for() {
	local until what
	until=$(($(uptime_seconds) + $1))
	what=$2
	shift 2
	until "$@"; do
		[ "$(uptime_seconds)" -lt "$until" ] || fail "waited in vain: $what"
		sleep 0.1
	done
}

uptime_seconds() {
	local up
	read -r up _ </proc/uptime
	echo "${up%%.*}"
}

# --- Background commands ---------------------------------------------------------------------------------

# background NAME COMMAND... : output in $RESULTS/NAME.out and NAME.err. The command must be a program, not a
# function, so that the pid kept is its own.
background() {
	local name=$1
	shift
	# Before it starts: whoever waits for its words must not find those of one before it.
	: >"$RESULTS/$name.out"
	"$@" </dev/null >"$RESULTS/$name.out" 2>"$RESULTS/$name.err" &
	echo $! >"/run/$name.pid"
}

pid_of() {
	cat "/run/$1.pid"
}

is_running() {
	kill -0 "$(pid_of "$1")" 2>/dev/null
}

is_gone() {
	! is_running "$1"
}

# wait_line SECONDS NAME PATTERN : until the background command has printed it; fails at once if it ended.
wait_line() {
	wait_for "$1" "$2 prints '$3'" has_line_or_ended "$2" "$3"
	grep -q -- "$3" "$RESULTS/$2.out" || fail "$2 ended: $(cat "$RESULTS/$2.err")"
}

has_line_or_ended() {
	grep -q -- "$2" "$RESULTS/$1.out" || is_gone "$1"
}

# stop NAME [SIGNAL] : sends it, waits for the end, and leaves the exit code in $stopped.
stop() {
	kill -s "${2:-TERM}" "$(pid_of "$1")" 2>/dev/null || true
	wait_end 30 "$1"
}

# wait_end SECONDS NAME : until it has ended by itself; its exit code is in $stopped then.
wait_end() {
	wait_for "$1" "$2 ends" is_gone "$2"
	stopped=0
	wait "$(pid_of "$2")" || stopped=$?
}

# --- Two network namespaces and what runs in them --------------------------------------------------------

SERVER=10.0.0.1
SERVER6=fd00::1
CLIENTS=10.0.0.11,10.0.0.12,10.0.0.13,10.0.0.14
CLIENTS6=fd00::11,fd00::12,fd00::13,fd00::14

# topology_up [server|host] : namespaces `client` and, unless the host is to serve, `server`, joined by a
# veth pair. $IN_SERVER and $IN_CLIENT, unquoted before a command, run it there.
topology_up() {
	local address
	ip netns add client
	IN_CLIENT='nsenter --net=/run/netns/client'
	if [ "${1:-server}" = host ]; then
		IN_SERVER=
		ip link add to-client type veth peer name to-server netns client
	else
		ip netns add server
		IN_SERVER='nsenter --net=/run/netns/server'
		ip link add to-client netns server type veth peer name to-server netns client
		$IN_SERVER ip link set lo up
	fi
	$IN_CLIENT ip link set lo up
	# nodad: an IPv6 address is of use at once, instead of after a second.
	$IN_SERVER ip address add "$SERVER/16" dev to-client
	$IN_SERVER ip address add "$SERVER6/64" dev to-client nodad
	for address in $(echo "$CLIENTS" | tr , ' '); do
		$IN_CLIENT ip address add "$address/16" dev to-server
	done
	for address in $(echo "$CLIENTS6" | tr , ' '); do
		$IN_CLIENT ip address add "$address/64" dev to-server nodad
	done
	$IN_SERVER ip link set to-client up
	$IN_CLIENT ip link set to-server up
	# More ports an address: the client is not what is being diagnosed, and connect() searches less.
	$IN_CLIENT sysctl -q -w net.ipv4.ip_local_port_range='1024 65535'
}

# far_up : a namespace `far` behind the host, as behind a router, with the address $FAR; $IN_FAR as above.
far_up() {
	FAR=10.9.0.2
	IN_FAR='nsenter --net=/run/netns/far'
	ip netns add far
	ip link add to-far type veth peer name from-far netns far
	ip address add 10.9.0.1/24 dev to-far
	ip link set to-far up
	$IN_FAR ip address add "$FAR/24" dev from-far
	$IN_FAR ip link set from-far up
	$IN_FAR ip link set lo up
}

# deaf_in client|host MATCH... : what matches, as nft writes it, is lost on its way in, until hearing_in.
deaf_in() {
	local enter=
	[ "$1" = host ] || enter=$IN_CLIENT
	shift
	$enter nft -f - <<-RULES
		table inet deaf {
			chain input {
				type filter hook input priority filter; policy accept;
				$* drop
			}
		}
	RULES
}

hearing_in() {
	local enter=
	[ "$1" = host ] || enter=$IN_CLIENT
	$enter nft delete table inet deaf
}

# track_connections [inet|ip|ip6] : one rule that uses the state, which is what makes conntrack work at all.
track_connections() {
	$IN_SERVER nft -f - <<-RULES
		table ${1:-inet} watched {
			chain input {
				type filter hook input priority filter; policy accept;
				ct state established,related accept
			}
		}
	RULES
}

# start_server NAME OPTION... : options of `load serve`; ready to be connected to when it returns.
start_server() {
	local name=$1
	shift
	# shellcheck disable=SC2086
	background "$name" $IN_SERVER load serve "$@"
	wait_line 20 "$name" listening
}

# start_client NAME OPTION... : options of `load connect`. It holds its connections until stopped.
start_client() {
	local name=$1
	shift
	# shellcheck disable=SC2086
	background "$name" $IN_CLIENT load connect "$@"
}

# wait_client SECONDS NAME : until every attempt is settled; what became of them is in $RESULTS/NAME.out.
wait_client() {
	wait_line "$1" "$2" succeeded
}

# no_half_open : for wait_for; nothing stands in a SYN queue of the server's namespace.
no_half_open() {
	# shellcheck disable=SC2086
	[ -z "$($IN_SERVER ss --tcp --no-header state syn-recv)" ]
}

# --- Oracles: what the kernel itself counted -------------------------------------------------------------

# conntrack_stat FIELD : summed over the processors, in the server's namespace.
conntrack_stat() {
	# shellcheck disable=SC2086
	$IN_SERVER conntrack -S | tr ' \t' '\n\n' | awk -F= -v field="$1" '$1 == field { sum += $2 } END { print sum + 0 }'
}

conntrack_count() {
	# shellcheck disable=SC2086
	$IN_SERVER cat /proc/sys/net/netfilter/nf_conntrack_count
}

# nstat_value NAME : since the namespace was made, as nstat names it (TcpExtListenOverflows).
nstat_value() {
	# shellcheck disable=SC2086
	$IN_SERVER nstat -asz "$1" | awk -v name="$1" '$1 == name { print $2 }'
}

# oracles NAME : $RESULTS/NAME.json, with what the counters of the server's namespace say now.
oracles() {
	# shellcheck disable=SC2086
	{
		echo '{'
		# The conntrack command would load the module, and looking must not change what is looked at.
		if [ -e /proc/sys/net/netfilter/nf_conntrack_max ]; then
			echo "\"conntrackCount\":$(conntrack_count),"
			echo "\"conntrackMax\":$(cat /proc/sys/net/netfilter/nf_conntrack_max),"
			echo "\"conntrack\":{$(conntrack_json)},"
		fi
		echo "\"nstat\":{$($IN_SERVER nstat -asz | awk '!/^#/ { printf "%s\"%s\":%s", comma, $1, $2; comma = "," }')}"
		echo '}'
	} >"$RESULTS/$1.json"
}

conntrack_json() {
	# shellcheck disable=SC2086
	$IN_SERVER conntrack -S | tr ' \t' '\n\n' | awk -F= '
		NF == 2 && $1 != "cpu" { sum[$1] += $2 }
		END { for (name in sum) { printf "%s\"%s\":%d", comma, name, sum[name]; comma = "," } }'
}

# --- ctdiag ----------------------------------------------------------------------------------------------

cat >/usr/local/bin/ctdiag <<-PROGRAM
	#!/bin/sh
	exec node "$CTDIAG_CHECKOUT/dist/cli.js" "\$@"
PROGRAM
chmod +x /usr/local/bin/ctdiag

# start_record NAME FILE OPTION... : records to $RESULTS/FILE; its probes are attached when it returns.
start_record() {
	local name file
	name=$1
	file=$2
	shift 2
	# The wrapper execs, so the pid kept is that of ctdiag itself.
	background "$name" ctdiag record "$RESULTS/$file" "$@"
	wait_for 400 "$name has attached its probes" has_said_or_ended "$name" 'probes '
	grep -q 'probes attached' "$RESULTS/$name.err" || fail "$name: $(cat "$RESULTS/$name.err")"
}

has_said_or_ended() {
	grep -q -- "$2" "$RESULTS/$1.err" || is_gone "$1"
}

# stop_record NAME : as Ctrl-C does, which must be a success.
stop_record() {
	stop "$1" INT
	[ "$stopped" = 0 ] || fail "$1 ended with $stopped: $(cat "$RESULTS/$1.err")"
}

# diagnose NAME FILE : the capture's diagnosis in $RESULTS/NAME.json and NAME.txt, the exit code in NAME-exit.
diagnose() {
	local code=0
	ctdiag diagnose "$RESULTS/$2" --format json >"$RESULTS/$1.json" || code=$?
	echo "$code" >"$RESULTS/$1-exit"
	ctdiag diagnose "$RESULTS/$2" >"$RESULTS/$1.txt" || true
}

# recorded NAME COMMAND... : records the kernel's counters while the command runs, then diagnoses. Programs that
# the command names in $still_running are stopped after the recording: the verdict is of a stall that goes on.
recorded() {
	local name=$1 program
	shift
	still_running=
	background "record-$name" ctdiag record "$RESULTS/$name.ctd.gz" --source counters --interval 500ms
	wait_for 240 "$name is being recorded" has_said_or_ended "record-$name" 'probes off'
	"$@"
	stop_record "record-$name"
	for program in $still_running; do stop "$program"; done
	diagnose "$name" "$name.ctd.gz"
}

frames() {
	zcat "$RESULTS/$1.ctd.gz" 2>/dev/null | grep -c '"type":"tick"' || true
}
# some_frames_later NAME : until the recording of that name has twelve frames more, enough to see it stand still.
some_frames_later() {
	local from
	from=$(frames "$1")
	wait_for 60 "frames pass in $1" eval "[ \$(frames $1) -ge $((from + 12)) ]"
}

# --- Terminals -------------------------------------------------------------------------------------------

# terminal_start NAME WIDTH HEIGHT COMMAND : shell text, run in a tmux pane of just that size. When it has
# ended, the pane stays as it was left, to be looked at. With `exec` in the text, `pid_of NAME` is the
# program's own.
terminal_start() {
	cat >/run/tmux.conf <<-SETTINGS
		set -g status off
		set -g default-terminal tmux-256color
		set -g default-shell /bin/sh
	SETTINGS
	printf 'echo $$ >"/run/%s.pid"\n%s\n' "$1" "$4" >"/run/$1.sh"
	rm -f "/run/$1.exit" "/run/$1.pid"
	# Each has a server of its own, so that none inherits another's environment or size. The outer shell
	# traps Ctrl-C, or it would end with the command; tmux's own way to keep a pane scrolls it.
	tmux -u -L "$1" -f /run/tmux.conf new-session -d -s "$1" -x "$2" -y "$3" "
		trap : INT QUIT
		sh /run/$1.sh
		echo \$? >/run/$1.exit.new
		mv /run/$1.exit.new /run/$1.exit
		exec sleep infinity"
	wait_for 20 "the terminal $1 starts" test -s "/run/$1.pid"
}

# terminal_keys NAME KEY... : as tmux names keys (q, Enter, C-c, Right).
terminal_keys() {
	local name
	name=$1
	shift
	tmux -L "$name" send-keys -t "$name" "$@"
}

terminal_text() {
	tmux -L "$1" capture-pane -p -t "$1"
}

# terminal_shows NAME PATTERN : for wait_for.
terminal_shows() {
	terminal_text "$1" | grep -q -- "$2"
}

# terminal_dump NAME FILE : the visible screen as text, and with colours in FILE.ansi, to the results.
terminal_dump() {
	terminal_text "$1" >"$RESULTS/$2"
	tmux -L "$1" capture-pane -p -e -t "$1" >"$RESULTS/$2.ansi"
}

# terminal_dump_when SECONDS WHAT NAME FILE PATTERN... : dumps the first screen that shows all the patterns at
# once. A screen that is looked at and then dumped may be another by then. Given up, the last one is kept.
terminal_dump_when() {
	local seconds=$1 what=$2
	shift 2
	wait_for "$seconds" "$what" terminal_dumped "$@"
}

terminal_dumped() {
	local name=$1 file=$2 pattern
	shift 2
	terminal_dump "$name" "$file"
	for pattern in "$@"; do
		grep -q -- "$pattern" "$RESULTS/$file" || return 1
	done
}

# terminal_wait_end SECONDS NAME : until its command has ended; the exit code is in $stopped then.
terminal_wait_end() {
	wait_for "$1" "the command in terminal $2 ends" test -e "/run/$2.exit"
	stopped=$(cat "/run/$2.exit")
}

# terminal_settings NAME : what stty says of it, to be compared before and after.
terminal_settings() {
	stty -a -F "$(tmux -L "$1" display-message -p -t "$1" '#{pane_tty}')"
}

# terminal_resize NAME WIDTH HEIGHT
terminal_resize() {
	tmux -L "$1" resize-window -t "$1" -x "$2" -y "$3"
}

# terminal_stop NAME : closes it, which sends SIGHUP to what runs in it.
terminal_stop() {
	tmux -L "$1" kill-server
}
