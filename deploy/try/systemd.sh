#!/bin/bash
# Runs the units for real: a Debian with systemd, booted in a container, host and worker installed as README.md says. As root:
#
#     apt-get install --no-install-recommends debootstrap systemd-container
#     deploy/try/systemd.sh WORK [PREDICTIVE]        # a folder that may grow to 2 GB; the single file, else it is published now
#
# Ends with 1 at the first thing that is not as expected.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
work=$(realpath -m "${1:?usage: systemd.sh WORK [PREDICTIVE]}")
# shellcheck source=trees.sh
. "$here/trees.sh"
mkdir -p "$work"

tree systemd "systemd systemd-sysv dbus libpam-systemd procps"
to="$work/trees/systemd"
program=${2:-}
if [ -z "$program" ]; then
  run dotnet publish "$root/src/Predictive.Cli" -c Release -p:PublishProfile=linux-x64 -v quiet --nologo
  program="$root/out/linux-x64/predictive"
fi

say "installed as README.md has it"
install -D -m 755 "$program" "$to/opt/predictive/predictive"
rm -rf "$to/var/lib/predictive" "$to/var/cache/predictive"
chroot "$to" id predictive > /dev/null 2>&1 \
  || chroot "$to" useradd --system --home-dir /var/lib/predictive --shell /usr/sbin/nologin predictive
install -D -m 644 "$root/deploy/predictive.json" "$to/etc/predictive/predictive.json"
install -m 644 "$root"/deploy/systemd/*.service "$to/etc/systemd/system/"
install -m 600 /dev/null "$to/etc/predictive/environment"
rm -rf "$to/root/data-samples" "$to"/etc/systemd/system/multi-user.target.wants/predictive-*
cp -r "$root/data-samples" "$to/root/"

# No scope and no registration: the machine that holds the container need not run systemd itself.
SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=$([ -e /sys/fs/cgroup/cgroup.controllers ] && echo 1 || echo 0) systemd-nspawn --quiet --register=no \
  --keep-unit --private-network --boot -D "$to" --machine=trial --console=pipe < /dev/null > "$work/boot.log" 2>&1 &
nspawn=$!
trap 'kill $nspawn 2> /dev/null; wait $nspawn 2> /dev/null || true' EXIT
leader=
booted() { leader=$(pgrep -P "$nspawn" | head -n 1) && [ -n "$leader" ]; }
# shellcheck disable=SC2016
inside() { nsenter -t "$leader" --mount --uts --ipc --pid --net --cgroup --root -- sh -c 'cd / && exec "$@"' - "$@"; }
state() { inside systemctl is-system-running > "$work/state" || true; grep -Eq 'running|degraded' "$work/state"; }
until_ok 60 "systemd begins" booted
until_ok 120 "systemd has booted" state
inside systemctl --version | head -n 1

show() { inside systemctl show -P "$2" "predictive-$1"; }
shows() { [ "$(show "$1" "$2")" = "$3" ]; }
other() { local now; now=$(show "$1" MainPID); [ "$now" != 0 ] && [ "$now" != "$2" ] && shows "$1" ActiveState active; }
as_user() { inside runuser -u predictive -- sh -c "cd /var/lib/predictive && DOTNET_BUNDLE_EXTRACT_BASE_DIR=/var/cache/predictive $*"; }

ready() { as_user /opt/predictive/predictive health; }

say "started, as Type=notify: systemctl returns when the program says READY"
run inside systemctl daemon-reload
# Before there are data a host refuses to start (exit code 2), and systemd leaves it at that.
inside systemctl start predictive-host 2> /dev/null && { echo "FAILED: it started without data" >&2; exit 1; }
expect "the host without data" "$(show host ExecMainStatus), begun again $(show host NRestarts) times" "2, begun again 0 times"
inside install -d -o predictive -g predictive -m 750 /var/lib/predictive/data
inside sh -c 'cp /root/data-samples/*.parquet /root/data-samples/dataset.json /var/lib/predictive/data && chown -R predictive: /var/lib/predictive'
inside systemctl reset-failed
run inside systemctl enable --now predictive-host predictive-worker
for each in host worker; do
  expect "$each" "$(show $each ActiveState), $(show $each Type), watched every $(show $each WatchdogUSec)" "active, notify, watched every 1min"
done
as_user /opt/predictive/predictive --version
as_user /opt/predictive/predictive train data 2>&1 | tail -n 2
until_ok 60 "the host is ready" ready
inside systemctl --no-pager --lines=4 status predictive-host predictive-worker | cut -c 1-150
inside systemd-analyze security --no-pager predictive-host predictive-worker | tail -n 3
inside sh -c "grep -E '^(Uid|CapEff|CapBnd|NoNewPrivs|Seccomp):' /proc/$(show host MainPID)/status"

say "killed with -9: begun again"
for each in host worker; do
  before=$(show $each MainPID)
  inside kill -9 "$before"
  until_ok 120 "$each" other $each "$before"
done
until_ok 60 "the host is ready" ready

say "stopped where it stands (SIGSTOP): the watchdog says nothing for 60 s, systemd kills it and begins it again"
for each in host worker; do
  before=$(show $each MainPID)
  inside kill -STOP "$before"
  until_ok 180 "$each" other $each "$before"
  inside journalctl --no-pager -u predictive-$each -g 'Watchdog timeout' | tail -n 1 | cut -c 1-120
done
until_ok 60 "the host is ready" ready

say "two and a half minutes of rest: no watchdog bites what is well"
times="$(show host NRestarts) $(show worker NRestarts)"
sleep 150
expect "begun again meanwhile" "$(show host NRestarts) $(show worker NRestarts)" "$times"

say "stopped"
run inside systemctl stop predictive-host predictive-worker
for each in host worker; do
  expect "$each" "$(show $each ActiveState), $(show $each Result), exit code $(show $each ExecMainStatus)" "inactive, success, exit code 0"
done
say "all as expected"
