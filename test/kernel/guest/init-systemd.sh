#!/bin/sh
# As init.sh, but process 1 becomes systemd, which runs the script as a unit.
set -eu
. "$(dirname "$0")/mounts.sh"

cat >/etc/systemd/system/ctdiag-test.service <<-UNIT
	[Unit]
	DefaultDependencies=no
	After=sysinit.target
	Wants=sysinit.target

	[Service]
	Type=oneshot
	Environment=HOME=/root LANG=C.UTF-8 TERM=linux
	ExecStart=/bin/sh $(dirname "$0")/run-script.sh
UNIT
# Of this machine's own services none is wanted, and no terminal to log in at.
mkdir -p /run/systemd/system
exec /lib/systemd/systemd --system --unit=ctdiag-test.service --log-target=journal
