# What ctdiag can do with which rights, at a table that refuses: as a plain user, as a user with capabilities, as
# root without most of them, as root.
modprobe nf_conntrack hashsize=512
sysctl -q -w net.netfilter.nf_conntrack_max=200
topology_up host
track_connections inet
start_server server --listen "$SERVER:8883" --backlog 512
start_client fill --to "$SERVER:8883" --count 200
wait_client 60 fill
# Somebody who is refused, once a second or so, for as long as we look.
start_client refused --to "$SERVER:8883" --count 2000 --concurrency 1 --timeout-ms 900

# look NAME COMMAND... : what is diagnosed when ctdiag runs under that command.
look() {
	local name=$1 code=0
	shift
	"$@" ctdiag diagnose --format json --duration 3s >"$RESULTS/$name.json" 2>"$RESULTS/$name.err" </dev/null || code=$?
	echo "$code" >"$RESULTS/$name-exit"
}

user='setpriv --reuid 65534 --regid 65534 --clear-groups'
# as_user CAPABILITIES : a user with those, in every set, so that what it starts has them, too.
as_user() {
	local all
	all=$(echo "$1" | sed 's/[^,]*/+&/g')
	echo "$user --inh-caps -all,$all --ambient-caps -all,$all --bounding-set -all,$all"
}
# as_root CAPABILITIES : user 0 with no others, as in a container.
as_root() {
	local all
	all=$(echo "$1" | sed 's/[^,]*/+&/g')
	echo "setpriv --inh-caps -all --bounding-set -all,$all"
}

# shellcheck disable=SC2086,SC2046
{
	look user $user
	$user ctdiag doctor >"$RESULTS/user-doctor" 2>&1 || true
	look user-bpf $(as_user bpf,perfmon,sys_resource,dac_read_search,syslog)
	look root-none $(as_root chown)
	look root-bpf $(as_root bpf,perfmon)
	look root-resource $(as_root bpf,perfmon,sys_resource)
	look root-read $(as_root bpf,perfmon,dac_read_search)
	look root-syslog $(as_root bpf,perfmon,syslog,dac_read_search)
	look root-ptrace $(as_root bpf,perfmon,sys_resource,dac_read_search,syslog,sys_ptrace)
	look root-admin $(as_root sys_admin)
	look root env
}
for name in user-bpf root-bpf root-admin; do
	case $name in
	user-bpf) how=$(as_user bpf,perfmon,sys_resource,dac_read_search,syslog) ;;
	root-bpf) how=$(as_root bpf,perfmon) ;;
	*) how=$(as_root sys_admin) ;;
	esac
	# shellcheck disable=SC2086
	timeout 60 $how bpftrace -e 'kprobe:tcp_conn_request { @ = count(); } interval:s:1 { exit(); }' >"$RESULTS/$name-bpftrace" 2>&1 || true
done
# In the middle of its attempts it hears nothing else.
stop refused KILL
