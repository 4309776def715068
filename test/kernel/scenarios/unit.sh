# The shipped unit under systemd: it starts, attaches its probes and sees an overflow; is restarted; its disk fills and
# has room again; conntrack's module goes and comes back.
ring=/var/lib/ctdiag

newest_shard() {
	find "$ring" -name '*.ctd.gz' | sort | tail -n 1
}

# recorded_in_ring PATTERN : in the newest shard, for wait_for; one that was there at $start does not count.
start=
recorded_in_ring() {
	local newest
	newest=$(newest_shard)
	[ "$newest" != "$start" ] && zcat "$newest" 2>/dev/null | grep -q -- "$1"
}

unit_is() {
	[ "$(systemctl is-active ctdiag-recorder)" = "$1" ]
}

no_bpftrace() {
	! pgrep -x bpftrace >/dev/null
}

# kept NAME : what systemd and the journal say of it now.
kept() {
	systemctl show ctdiag-recorder -p ActiveState,SubState,Result,NRestarts,MemoryCurrent,MemoryPeak >"$RESULTS/$1.show"
	journalctl --unit ctdiag-recorder --output cat --no-pager >"$RESULTS/$1.journal"
}

modprobe nf_conntrack
topology_up
track_connections
# Where a package puts it.
install -m 755 /usr/local/bin/ctdiag /usr/bin/ctdiag
cp "$CTDIAG_CHECKOUT/packaging/ctdiag-recorder.service" /etc/systemd/system/
# A disk of its own, that can be filled.
mkdir -p "$ring"
mount -t tmpfs -o size=4m,mode=700 ring "$ring"

systemctl daemon-reload
systemd-analyze verify --man=no /etc/systemd/system/ctdiag-recorder.service >"$RESULTS/verify" 2>&1
systemd-analyze security --no-pager ctdiag-recorder >"$RESULTS/security"
systemctl start ctdiag-recorder
attached='"probes":"attached"'
wait_for 400 'the unit has attached its probes' recorded_in_ring "$attached"

start_server server --listen "$SERVER:8883" --backlog 16 --no-accept
start_client client --to "$SERVER:8883" --count 100 --concurrency 100 --timeout-ms 2500 --reset
wait_client 120 client
stop client
wait_for 60 'no handshake is left under way' no_half_open
oracles overflow
wait_for 120 'its owner is recorded' recorded_in_ring '"owner":{[^}]*"comm":"load"'
stop server
# Figures of a probe are read each second; what is asked is that the last one is the kernel's.
overflows=$(nstat_value TcpExtListenOverflows)
counted() {
	diagnose overflow-ring ../var/lib/ctdiag
	grep -q "\"refused\": *$overflows\b" "$RESULTS/overflow-ring.json"
}
wait_for 120 'the ring holds every overflow' counted
kept first

start=$(newest_shard)
systemctl restart ctdiag-recorder
wait_for 400 'it has attached them again' recorded_in_ring "$attached"
kept restarted
start=

# The disk is full of what others wrote: the recorder makes room in its own ring, or waits, and goes on.
dd if=/dev/zero of="$ring/of-others" bs=64k 2>/dev/null || true
df --output=avail "$ring" | tail -n 1 >"$RESULTS/full-avail"
full_from=$(uptime_seconds)
while_full() {
	unit_is active || fail "the unit is $(systemctl is-active ctdiag-recorder)"
	[ "$(uptime_seconds)" -ge $((full_from + 30)) ]
}
wait_for 120 'it stands a full disk for half a minute' while_full
kept full
rm "$ring/of-others"
ticks() {
	find "$ring" -name '*.ctd.gz' -exec zcat {} + 2>/dev/null | grep -c '"type":"tick"'
}
before=$(ticks)
more_ticks() {
	[ "$(ticks)" -gt $((before + 5)) ]
}
wait_for 120 'it records on when there is room' more_ticks

# The module of conntrack goes, which it can only while nothing watches it, and comes back under a running recorder.
systemctl stop ctdiag-recorder
wait_for 60 'it has ended' unit_is inactive
kept stopped
start=$(newest_shard)
$IN_SERVER nft flush ruleset
modprobe -r nft_ct nf_conntrack_netlink nf_conntrack
systemctl start ctdiag-recorder
wait_for 400 'it says what is not loaded' recorded_in_ring 'nf_conntrack is not loaded'
wait_for 400 'it attaches what there is' recorded_in_ring "$attached"
modprobe nf_conntrack
conntrack_attached() {
	recorded_in_ring '"hook":"conntrack-insert","state":"attached"'
}
wait_for 600 'it attaches the probes of conntrack' conntrack_attached
kept reloaded
systemctl stop ctdiag-recorder
wait_for 60 'it has ended' unit_is inactive
wait_for 30 'nothing of it is left' no_bpftrace
journalctl --no-pager --priority warning >"$RESULTS/journal-warnings" || true
