#!/bin/bash
# Records what real versions of bpftrace print: each program of programs/ on each version, JSON and text, into
# <version>/<program>.json and .txt (and .stderr where the program asks for it). Needs root and mmdebstrap.
#
#   sudo npm run record:bpftrace            all programs on all versions
#   sudo npm run record:bpftrace -- hist    the programs named
#
# Lines at the head of a program say how it is run:
#   // versions: 0.17.0 0.23.2   only on these (default: all)
#   // run: --unsafe             more arguments of bpftrace
#   // env: NAME=value           more environment
#   // stderr: keep              keep stderr too
#   // keep: 40                  keep that many of the first lines and all that tell of losses
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
roots=${CTDIAG_CACHE:-$HOME/.cache/ctdiag}/roots
packages=bpftrace,conntrack,iproute2,nftables,kmod,procps,util-linux

make_root() { # make_root SUITE: in a scratch folder first, so that a root that is there is whole
  [ -d "$roots/$1" ] && return
  mkdir -p "$roots"
  local scratch
  scratch=$(mktemp -d "$roots/.$1.XXXXXX")
  mmdebstrap --variant=apt --include="$packages" --aptopt='Acquire::Check-Valid-Until "false"' "$1" "$scratch" >&2
  chmod 755 "$scratch"
  mv -T "$scratch" "$roots/$1" || rm -rf "$scratch"
}

in_root() { # in_root ROOT COMMAND...: with mounts of its own, gone when the command ends
  unshare --mount --pid --fork --kill-child /bin/sh -c '
    set -e
    root=$1 files=$2
    shift 2
    mount --make-rprivate /
    mount -t proc proc "$root/proc"
    mount --rbind /sys "$root/sys"
    mount --rbind /dev "$root/dev"
    mount -t tmpfs golden "$root/mnt"
    mount -t tracefs tracefs "$root/sys/kernel/tracing" 2>/dev/null || true
    mount -t debugfs debugfs "$root/sys/kernel/debug" 2>/dev/null || true
    mkdir "$root/mnt/golden"
    cp "$files"/* "$root/mnt/golden"
    cp "$root/bin/sleep" "$root/mnt/golden/éééééééé"
    mkdir -p "$root/golden"
    mount --bind "$root/mnt/golden" "$root/golden"
    exec chroot "$root" "$@"' sh "$1" "$here/programs" "${@:2}"
}

head_line() { sed -n "s|^// $2: ||p" "$1"; }

record() { # record SUITE VERSION PROGRAM
  local file=$here/programs/$3.bt out=$here/$2 options environment wanted keep
  wanted=$(head_line "$file" versions)
  case " ${wanted:-$2} " in *" $2 "*) ;; *) return 0 ;; esac
  options=$(head_line "$file" run)
  environment=$(head_line "$file" env)
  keep=$(head_line "$file" keep)
  mkdir -p "$out"
  for format in json text; do
    local name=$out/$3.json
    [ $format = text ] && name=$out/$3.txt
    in_root "$roots/$1" /bin/sh -c "
      cd /golden
      export TZ=UTC LC_ALL=C.UTF-8 $environment
      (while sleep 0.1; ./éééééééé 0.1; do :; done) &
      timeout -s INT 20 bpftrace -f $format $options $3.bt" >"$name" 2>"$name.stderr" || true
    [ "$(head_line "$file" stderr)" = keep ] || rm -f "$name.stderr"
    if [ -n "$keep" ]; then
      awk -v keep="$keep" 'NR <= keep || /[Ll]ost/' "$name" >"$name.part"
      mv "$name.part" "$name"
    fi
    [ -s "$name" ] || echo "nothing recorded: $name" >&2
  done
}

programs=("$@")
[ ${#programs[@]} -gt 0 ] || mapfile -t programs < <(cd "$here/programs" && ls ./*.bt | sed 's|^\./||; s|\.bt$||')

for suite in bullseye bookworm trixie sid; do
  make_root "$suite"
  version=$(chroot "$roots/$suite" bpftrace --version | sed 's/^bpftrace v//')
  for program in "${programs[@]}"; do record "$suite" "$version" "$program"; done
done
