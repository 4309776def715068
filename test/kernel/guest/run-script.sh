# Run by init or a unit of it: the script of the scenario, and what it leaves.
harness=/results/.harness
# Shell assignments written by vm.ts.
. "$harness/environment"
export HOME=/root LANG=C.UTF-8 TERM=linux

echo 'ctdiag-vm: script starts' >/dev/console
setsid bash "$harness/script" </dev/null >/results/stdout 2>/results/stderr &
status=0
wait $! || status=$?
dmesg >/results/dmesg
echo "$status" >"$harness/exit-code.new"
mv "$harness/exit-code.new" "$harness/exit-code"
sync
echo "ctdiag-vm: script ended with $status" >/dev/console
mkfifo /run/never
echo o >/proc/sysrq-trigger
# The power-off takes a moment, and pid 1 must not end before it. No program can be started by then.
read -r _ </run/never
