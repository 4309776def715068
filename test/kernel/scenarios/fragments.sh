# Every fragment under probes/, run by hand with plain bpftrace until it has attached.
reason=$(grep -o '[0-9]*, "NETFILTER_DROP"' /sys/kernel/tracing/events/skb/kfree_skb/format | grep -o '^[0-9]*' || true)
modprobe nf_conntrack
mkdir "$RESULTS/fragments"

# by_hand FILE : what it says goes to the results: `up`, or why not.
by_hand() {
	timeout 240 bpftrace -e "$(cat "$1") interval:ms:10 { printf(\"up\n\"); exit(); }" "$reason" \
		>"$RESULTS/fragments/${1##*/}" 2>&1 || true
}
export -f by_hand
export RESULTS reason=${reason:-0}
# bpftrace compiles on one processor: there is work for each.
find "$CTDIAG_CHECKOUT/probes" -name '*.bt' -print0 | xargs -0 -n 1 -P "$(nproc)" bash -c 'by_hand "$1"' by-hand
