#!/bin/sh
# The guest's pid 1 after the root is mounted: makes the machine usable, runs one script, and powers off.
# Being pid 1 it adopts what the script leaves behind, as an init does, so orphans are really gone when dead.
set -eu
. "$(dirname "$0")/mounts.sh"

. "$(dirname "$0")/run-script.sh"
