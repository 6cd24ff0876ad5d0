#!/usr/bin/env bash
# Builds the image of deploy/docker/Dockerfile itself, all of it, and looks into it. As root, with podman (a minute on two cores where npm has its packages):
#
#   e2e/deploy/image.sh
#
# Bases that are not there are made first (stand-in-images.sh). Shown: `npm ci` installs from the lock and all is built in it; in what comes of it are packages that
# run and their list, no compiler and no source; its account is 10001, which owns the folders of volumes alone; each service starts on a file system that it cannot write.
# Then the same image in all tests of the compose file: MANYHANDS_VERSION=dev FULL_SIZES=1 npx vitest run --project "e2e*" e2e/deploy/docker-compose
set -euo pipefail
cd "$(dirname "$0")/../.."
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
[ -n "${CONTAINERS_CONF:-}" ] || [ -d /run/systemd/system ] || export CONTAINERS_CONF=$PWD/e2e/deploy/containers.conf
image=docker.io/manyhands/manyhands:${MANYHANDS_VERSION:-dev}
fail() { echo "image.sh: $1" >&2; exit 1; }

e2e/deploy/stand-in-images.sh node
# What this machine knows of registries: whose certificates it trusts, and which packages it has already.
authorities=$(npm config get cafile)
printf 'prefer-offline=true\n' >"$scratch/npmrc"
given=(--volume "$(npm config get cache):/root/.npm" --volume "$scratch/npmrc:/usr/local/etc/npmrc:ro")
if [ -f "$authorities" ]; then
  printf 'cafile=/run/authorities.crt\n' >>"$scratch/npmrc"
  given+=(--volume "$authorities:/run/authorities.crt:ro")
fi
before=$(podman image inspect --format '{{.Id}}' "$image" 2>/dev/null || true)
# Without its layers: to store those of the first stage takes as long as all else.
podman build --isolation chroot --layers=false --network host --format docker "${given[@]}" -f deploy/docker/Dockerfile -t "$image" .
[ -z "$before" ] || podman image rm "$before" >"$scratch/removed" 2>&1 || true

in_image() { podman run --rm --no-healthcheck --network none --read-only --cap-drop ALL --security-opt no-new-privileges "$image" "$@"; }
[ "$(in_image id -u)" = 10001 ] || fail 'it runs as another account'
[ -z "$(in_image find /app ! -type l '(' -perm /022 -o -user 10001 ')' -print -quit)" ] || fail 'its account may write what it runs'
in_image sh -c 'for folder in /data /keys/*; do [ "$(stat -c %u:%g "$folder")" = 10001:10001 ] || exit 1; done' || fail 'a folder of a volume is not its own'
for absent in node_modules/typescript node_modules/nx services/gateway/src web/src; do
  ! in_image test -e "/app/$absent" || fail "$absent is in it"
done
in_image node -e 'const { packages } = require("/app/sbom.spdx.json"); process.exit(packages.length > 50 ? 0 : 1)' || fail 'it has no list of its packages'
# What each imports is there: without NATS it starts, and answers that it lives.
declare -A started
for service in gateway coordinator compute metrics; do
  started[$service]=$(podman run --detach --network none --read-only --cap-drop ALL --tmpfs /tmp --env HEALTH_PORT=8001 --env NATS_URL=nats://127.0.0.1:1 "$image" node "services/$service/dist/main.js")
done
dead=()
for service in "${!started[@]}"; do
  id=${started[$service]}
  lives=
  for _ in $(seq 60); do ! podman exec "$id" node healthy.mjs || { lives=1; break; }; sleep 1; done
  [ -n "$lives" ] || { dead+=("$service"); podman logs --tail 20 "$id" >&2; }
done
podman rm --force --time 20 "${started[@]}" >"$scratch/removed"
[ ${#dead[@]} = 0 ] || fail "these do not start: ${dead[*]}"
podman image inspect --format "$image is as it is to be: {{.Size}} bytes." "$image"
