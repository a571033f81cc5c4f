# Sourced by the trials beside it: Debian trees that stand for images which cannot be pulled. Needs root, debootstrap, the network's Debian.

say() { printf '\n== %s\n' "$*"; }
run() { printf '$ %s\n' "$*"; "$@"; }

# tree NAME PACKAGES: a Debian of its own; made once, kept for the next run.
tree() {
  local name=$1 packages=$2 to="$work/trees/$1"
  [ -e "$to/.made" ] && return
  if [ ! -e "$work/trees/minimal/.made" ]; then
    say "debootstrap: a minimal Debian"
    mkdir -p "$work/trees"
    debootstrap --variant=minbase --include=ca-certificates,libssl3,libstdc++6,libgomp1,tzdata,zlib1g bookworm "$work/trees/minimal" \
      > "$work/debootstrap.log" 2>&1 || { tail -n 5 "$work/debootstrap.log" >&2; return 1; }
    touch "$work/trees/minimal/.made"
  fi
  rm -rf "$to"
  cp -a "$work/trees/minimal" "$to"
  rm "$to/.made"
  if [ -n "$packages" ]; then
    printf '#!/bin/sh\nexit 101\n' > "$to/usr/sbin/policy-rc.d"
    chmod +x "$to/usr/sbin/policy-rc.d"
    # The public image's number for postgres.
    chroot "$to" useradd --system --uid 999 --user-group --home-dir /var/lib/postgresql postgres
    # shellcheck disable=SC2086
    DEBIAN_FRONTEND=noninteractive chroot "$to" apt-get install -y -qq --no-install-recommends $packages > "$work/$name.log" 2>&1 \
      || { tail -n 5 "$work/$name.log" >&2; return 1; }
    rm "$to/usr/sbin/policy-rc.d"
  fi
  rm -rf "$to"/var/lib/apt/lists/* "$to"/var/cache/apt/*
  touch "$to/.made"
}

# until_ok SECONDS WHAT COMMAND...: waits for it, says how long it took.
until_ok() {
  local limit=$1 what=$2 begun
  shift 2
  begun=$(date +%s%N)
  until "$@" > /dev/null 2>&1; do
    if [ $(( ($(date +%s%N) - begun) / 1000000000 )) -ge "$limit" ]; then
      echo "FAILED: $what: not within $limit s" >&2
      return 1
    fi
    sleep 0.2
  done
  echo "$what: after $(( ($(date +%s%N) - begun) / 1000000 )) ms"
}

expect() { # expect WHAT FOUND EXPECTED
  if [ "$2" = "$3" ]; then echo "$1: $2"; else echo "FAILED: $1: found '$2', expected '$3'" >&2; return 1; fi
}
