# Every fragment under probes/, run by hand with plain bpftrace until it has attached.
reason=$(grep -o '[0-9]*, "NETFILTER_DROP"' /sys/kernel/tracing/events/skb/kfree_skb/format | grep -o '^[0-9]*' || true)
modprobe nf_conntrack
mkdir "$RESULTS/fragments"
for file in "$CTDIAG_CHECKOUT"/probes/*.bt; do
	# What it says goes to the results: `up`, or why not.
	timeout 120 bpftrace -e "$(cat "$file") interval:ms:10 { printf(\"up\n\"); exit(); }" "${reason:-0}" \
		>"$RESULTS/fragments/${file##*/}" 2>&1 || true
done
