#!/usr/bin/env bash
# The compose file in real containers, with podman and podman-compose (pip install podman-compose), as root:
#
#   e2e/deploy/containers.sh                 with the images that are there: manyhands/manyhands:dev, nats and nginx of compose.yaml
#   STAND_INS=1 e2e/deploy/containers.sh     makes stand-ins of those first (stand-in-images.sh): for hosts that reach no registry of images
#
# Shown: each service is an account without capabilities on a file system it cannot write, has its own key alone and no way out; a job is right; a worker that is
# killed is started again; all end with 0. Removes what it made, but for the images. The same and more with Docker Compose: docker-compose.e2e.spec.ts.
set -euo pipefail
cd "$(dirname "$0")/../.."
[ -n "${CONTAINERS_CONF:-}" ] || [ -d /run/systemd/system ] || export CONTAINERS_CONF=$PWD/e2e/deploy/containers.conf
scratch=$(mktemp -d)
project=manyhands-check
export MANYHANDS_PORT=${MANYHANDS_PORT:-18480}
origin=http://localhost:$MANYHANDS_PORT
services=(gateway coordinator compute metrics)
fail() { echo "containers.sh: $1" >&2; exit 1; }
compose() { (cd deploy/compose && podman-compose -p $project "$@") >>"$scratch/compose.log" 2>&1 || { tail -n 20 "$scratch/compose.log" >&2; fail "podman-compose $*"; }; }
in_container() { podman exec "${project}_$1_1" sh -c "$2"; }

[ -z "${STAND_INS:-}" ] || e2e/deploy/stand-in-images.sh
end() {
  (cd deploy/compose && podman-compose -p $project down -v) >/dev/null 2>&1 || true
  rm -rf "$scratch"
}
trap end EXIT
# Where no systemd runs, podman does not ask whether a container is healthy.
(while [ -d "$scratch" ]; do
  for name in $(podman ps --filter "name=$project" --format '{{.Names}}'); do timeout 20 podman healthcheck run "$name" >/dev/null 2>&1 || true; done
  sleep 2
done) &

compose up -d keys nats
compose up -d --no-deps provision
compose up -d --no-deps "${services[@]}" proxy
for _ in $(seq 90); do curl -sf -m 5 "$origin/readyz" >/dev/null && break; sleep 1; done
curl -sf -m 20 "$origin/readyz" >/dev/null || fail "the system is not ready: $(curl -s -m 5 "$origin/readyz")"
echo 'ready'

for service in "${services[@]}"; do
  [ "$(in_container "$service" 'id -u')" = 10001 ] || fail "$service runs as another account"
  in_container "$service" 'grep -q "^CapEff:.0000000000000000$" /proc/1/status' || fail "$service has capabilities"
  in_container "$service" 'grep -q "^[^ ]* / [^ ]* ro," /proc/self/mounts' || fail "$service can write its file system"
  [ "$(in_container "$service" 'ls /keys/*/*.nkey')" = "/keys/$service/$service.nkey" ] || fail "$service has other keys than its own"
  ! in_container "$service" 'cut -f 2 /proc/net/route | grep -q "^00000000$"' || fail "$service has a way out"
done
echo 'each service has its own key alone, and nothing it does not need'

run_job() {
  local id
  id=$(curl -sf -m 60 -X POST "$origin/v1/jobs/demo" -H 'content-type: application/json' -d '{"n":10000,"chunks":8}' | sed -n 's/.*"job_id":"\([^"]*\)".*/\1/p')
  [ -n "$id" ] || fail 'a job was refused'
  for _ in $(seq 60); do
    if curl -s -m 20 "$origin/v1/jobs/demo/$id" | grep -q '"result":50005000'; then return; fi
    sleep 1
  done
  fail 'a job did not end with the right result'
}
run_job
echo 'a job is right'

worker=${project}_compute_1
kill -9 "$(podman inspect --format '{{.State.Pid}}' "$worker")"
for _ in $(seq 60); do [ "$(podman inspect --format '{{.RestartCount}} {{.State.Status}}' "$worker")" = '1 running' ] && break; sleep 1; done
[ "$(podman inspect --format '{{.RestartCount}}' "$worker")" = 1 ] || fail 'a worker that was killed was not started again'
run_job
echo 'a worker that was killed is started again, and a job is right'

# As Docker Compose does by itself: first what needs another, then that.
compose stop proxy "${services[@]}"
compose stop nats
for service in nats "${services[@]}"; do
  code=$(podman inspect --format '{{.State.ExitCode}}' "${project}_${service}_1")
  [ "$code" = 0 ] || fail "$service ended with $code"
done
echo 'all ended with 0'
