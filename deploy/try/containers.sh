#!/bin/bash
# Builds the image and runs it for real, in podman: alone, by compose.yaml with PostgreSQL, by kubernetes/predictive.yaml. As root:
#
#     apt-get install --no-install-recommends podman crun netavark aardvark-dns iptables docker-compose docker-registry debootstrap python3 curl
#     deploy/try/containers.sh WORK            # a folder that may grow to 5 GB; what is in it is taken again
#
# Public images are taken where they can be pulled, else Debian trees stand for them: .NET's from the one that runs here, PostgreSQL's with
# postgres-entrypoint.sh. Asks for ports 5080 and 5443 of this machine. Ends with 1 at the first thing that is not as expected.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
work=$(realpath -m "${1:?usage: containers.sh WORK}")
mkdir -p "$work"

# crun refuses a machine with both kinds of cgroups where the newer kind holds a controller: seen from here it has one kind.
if [ -z "${TRIAL_INSIDE:-}" ]; then
  exec env TRIAL_INSIDE=1 unshare --mount --propagation private "$0" "$work"
fi
if grep -q ' /sys/fs/cgroup/unified ' /proc/mounts; then umount /sys/fs/cgroup/unified; fi
# shellcheck source=trees.sh
. "$here/trees.sh"

registry=127.0.0.1:5443
version=$(sed -n 's:.*<Version>\(.*\)</Version>.*:\1:p' "$root/Directory.Build.props")
image=predictive:$version
install -m 755 "$here/crun-here.py" "$work/crun-here"
cat > "$work/containers.conf" <<CONF
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
runtime = "here"
[engine.runtimes]
here = ["$work/crun-here"]
[network]
network_backend = "netavark"
CONF
printf '[storage]\ndriver = "overlay"\nrunroot = "%s/run"\ngraphroot = "%s/graph"\n' "$work" "$work" > "$work/storage.conf"
printf 'version: 0.1\nstorage: { filesystem: { rootdirectory: %s/registry } }\nhttp: { addr: "%s" }\n' "$work" "$registry" > "$work/registry.yml"
export CONTAINERS_CONF="$work/containers.conf" CONTAINERS_STORAGE_CONF="$work/storage.conf"
export DOCKER_HOST="unix://$work/podman.sock" DOTNET_CONTAINER_INSECURE_REGISTRIES=$registry

pids=()
clean() {
  local pid
  podman pod rm -fa > /dev/null 2>&1 || true
  podman rm -fa > /dev/null 2>&1 || true
  podman volume rm -fa > /dev/null 2>&1 || true
  podman network prune -f > /dev/null 2>&1 || true
  for pid in "${pids[@]}"; do kill "$pid" 2> /dev/null || true; done
}
trap clean EXIT
docker-registry serve "$work/registry.yml" > "$work/registry.log" 2>&1 &
pids+=($!)
podman system service -t 0 "$DOCKER_HOST" > "$work/podman.log" 2>&1 &
pids+=($!)
until_ok 30 "the registry answers" curl -sf "http://$registry/v2/"

say "the base image"
base=mcr.microsoft.com/dotnet/aspnet:10.0
if ! timeout 60 podman pull -q $base 2> "$work/pull.log"; then
  echo "$base cannot be pulled: $(tail -n 1 "$work/pull.log" | cut -c 1-160)"
  tree dotnet ""
  if [ ! -e "$work/trees/dotnet/usr/bin/dotnet" ]; then
    dotnet=$(dirname "$(realpath "$(command -v dotnet)")")
    mkdir -p "$work/trees/dotnet/usr/share/dotnet/shared"
    cp -a "$dotnet/dotnet" "$dotnet/host" "$work/trees/dotnet/usr/share/dotnet/"
    cp -a "$dotnet/shared/Microsoft.NETCore.App" "$dotnet/shared/Microsoft.AspNetCore.App" "$work/trees/dotnet/usr/share/dotnet/shared/"
    ln -s /usr/share/dotnet/dotnet "$work/trees/dotnet/usr/bin/dotnet"
    chroot "$work/trees/dotnet" useradd --uid 1654 --user-group --home-dir /home/app app
  fi
  base=$registry/dotnet/aspnet:10.0
  tar -C "$work/trees/dotnet" --exclude ./.made -c . | podman import -q --change 'ENV DOTNET_RUNNING_IN_CONTAINER=true' \
    --change 'ENV APP_UID=1654' --change 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' - $base > /dev/null
  run podman push -q --tls-verify=false $base
fi

say "the image"
run dotnet publish "$root/src/Predictive.Cli" -c Release -t:PublishContainer -p:ContainerRegistry=$registry \
  "-p:ContainerBaseImage=$base" -m:1 -v quiet --nologo
run podman pull -q --tls-verify=false "$registry/$image"
podman tag "$registry/$image" "docker.io/library/$image" "registry.example/$image"
podman images --format '{{.Repository}}:{{.Tag}} {{.Size}}' | grep "^$registry"
run podman run --rm --read-only --cap-drop ALL --security-opt no-new-privileges "$image" --version
expect "who runs" "$(podman run --rm --read-only --entrypoint id "$image" -u)" 1654
expect "the root can be written" "$(podman run --rm --read-only --entrypoint sh "$image" -c 'touch /app/x 2>/dev/null && echo yes || echo no')" no

say "PostgreSQL's image"
if ! timeout 60 podman pull -q docker.io/library/postgres:17 2> "$work/pull.log"; then
  echo "postgres:17 cannot be pulled: $(tail -n 1 "$work/pull.log" | cut -c 1-160)"
  tree postgres postgresql-15
  to="$work/trees/postgres"
  install -m 755 "$here/postgres-entrypoint.sh" "$to/usr/local/bin/"
  rm -rf "$to/var/lib/postgresql"
  install -d -o 999 -g 999 "$to/var/lib/postgresql" "$to/var/lib/postgresql/data"
  ln -sf /usr/lib/postgresql/15/bin/pg_isready "$to/usr/local/bin/pg_isready"
  tar -C "$to" --exclude ./.made -c . | podman import -q --change 'ENTRYPOINT ["/usr/local/bin/postgres-entrypoint.sh"]' \
    --change 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' --change 'VOLUME /var/lib/postgresql/data' \
    - docker.io/library/postgres:17 > /dev/null
fi

# Podman has systemd ask its health checks; where none runs they are asked here.
if [ ! -d /run/systemd/system ]; then
  echo "health checks are asked by this script: no systemd is here to do it"
  (while sleep 3; do for c in $(podman ps -q); do podman healthcheck run "$c" > /dev/null 2>&1 || true; done; done) &
  pids+=($!)
fi
health() { podman inspect "$1" --format '{{.State.Health.Status}}'; }
is() { [ "$("${@:2}")" = "$1" ]; }
ready() { curl -sf -m 2 http://127.0.0.1:5080/health/ready > /dev/null; }
pid_of() { podman inspect "$1" --format '{{.State.Pid}}'; }
other_pid() { local now; now=$(pid_of "$1"); [ "$now" != 0 ] && [ "$now" != "$2" ]; }

say "compose.yaml"
rm -rf "$work/deploy"
cp -r "$root/deploy" "$work/deploy"
cd "$work/deploy"
mkdir -p secrets && chmod 711 secrets
openssl rand -hex 24 > secrets/postgres-password
echo "db:5432:*:predictive:$(cat secrets/postgres-password)" > secrets/pgpass
chmod 600 secrets/*
chown 1654 secrets/pgpass
chown 999 secrets/postgres-password
# Debian's docker-compose is of the first generation: it takes the name as a flag, not from the file, and its `run` does not speak to podman.
sed '/^name:/d' compose.yaml > compose-1.yaml
compose() { docker-compose -p predictive -f compose-1.yaml "$@" < /dev/null; }
run compose up -d
run podman run --rm --read-only --cap-drop ALL --volume predictive_state:/var/lib/predictive --volume "$root/data-samples:/data:ro" \
  --entrypoint cp "$image" -r /data /var/lib/predictive/data
run compose exec -T worker /app/predictive keys add --role admin --note trial > "$work/key"
key=$(grep -o 'pk_[0-9a-f_]*' "$work/key")
until_ok 120 "the host answers (it waited for a key)" curl -sf -m 2 http://127.0.0.1:5080/health/live
run compose exec -T worker /app/predictive train data 2>&1 | tail -n 2
until_ok 60 "the host is ready" ready
until_ok 60 "compose's health check says healthy" is healthy health predictive_host_1
until_ok 120 "and of the worker" is healthy health predictive_worker_1
run compose exec -T host /app/predictive health
run compose exec -T worker /app/predictive health --pulse /tmp/pulse
curl -sf -H "Authorization: Bearer $key" 'http://127.0.0.1:5080/v1/at-risk?top=1' | cut -c 1-120
podman exec predictive_host_1 sh -c 'grep -E "^(Uid|CapEff|NoNewPrivs|Seccomp):" /proc/1/status'
for each in host worker; do
  before=$(pid_of predictive_${each}_1)
  kill -9 "$before"
  until_ok 60 "$each, killed, runs again" other_pid predictive_${each}_1 "$before"
done
until_ok 60 "the host is ready again" ready
podman exec predictive_db_1 psql -qtA -U predictive -h /run/postgresql -c 'select "Kind", "State" from jobs' predictive
sleep 5
run compose stop 2>&1 | tail -n 3
for each in host worker db; do expect "$each, stopped, ends with" "$(podman inspect predictive_${each}_1 --format '{{.State.ExitCode}}')" 0; done
compose down -v > /dev/null 2>&1

say "kubernetes/predictive.yaml, by podman kube play"
echo "podman plays one replica on one machine's port; it asks a probe by HTTP with curl from within, which the image has not, and begins a pod"
echo "again whose probe fails; it knows no Service and no fsGroup. Those are left out here; the worker's probe, a command, is not."
python3 - <<'PY'
import re
text = open("kubernetes/predictive.yaml", encoding="utf-8").read().replace("replicas: 2", "replicas: 1")
probe = re.compile(r"^ +(?:startup|liveness|readiness)Probe:\n +httpGet:.*\n(?: +(?:period|failure|timeout)\w+: \d+\n)+", re.MULTILINE)
text, found = probe.subn("", text)
assert found == 3, found
open("one.yaml", "w", encoding="utf-8").write(text)
PY
printf '{"store":"%s"}' "$(printf 'Data Source=/var/lib/predictive/store.db' | base64 -w0)" > secret.json
podman secret rm predictive > /dev/null 2>&1 || true
run podman secret create predictive secret.json
run podman kube play one.yaml > /dev/null
# What fsGroup does in a cluster.
podman run --rm --user 0 -v predictive:/v -v "$root/data-samples:/data:ro" --entrypoint sh "$image" -c 'cp -r /data /v/data; chown -R 1654:1654 /v'
run podman exec predictive-worker-pod-0-worker /app/predictive keys add --role admin > "$work/key"
key=$(grep -o 'pk_[0-9a-f_]*' "$work/key")
until_ok 120 "the pod's host answers" curl -sf -m 2 http://127.0.0.1:5080/health/live
run podman exec predictive-worker-pod-0-worker /app/predictive train data 2>&1 | tail -n 2
until_ok 60 "the pod's host is ready" ready
curl -sf -H "Authorization: Bearer $key" 'http://127.0.0.1:5080/v1/at-risk?top=1' | cut -c 1-120
until_ok 120 "the pod's worker is well" is healthy health predictive-worker-pod-0-worker
run podman pod stop -t 60 predictive-host-pod-0 predictive-worker-pod-0 > /dev/null
for each in host worker; do
  expect "the pod's $each, stopped, ends with" "$(podman inspect predictive-$each-pod-0-$each --format '{{.State.ExitCode}}')" 0
done
podman secret rm predictive > /dev/null
say "all as expected"
