#!/usr/bin/env bash
# Installs Manyhands as systemd units on this host, from a built clone (npm ci && npm run build && npm run setup). Run it again to bring a newer build:
# settings and data stay.
set -euo pipefail
source_folder=$(cd "$(dirname "$0")/../.." && pwd -P)
target=/opt/manyhands
settings=/etc/manyhands
fail() { echo "install.sh: $1" >&2; exit 1; }
# Accounts of the services read what is written here, but what is secret.
umask 022

[ "$(id -u)" = 0 ] || fail 'run it as root: it writes units, settings and /opt/manyhands.'
command -v systemctl >/dev/null || fail 'this host has no systemd.'
# Where units look for it, which may be elsewhere than this shell does.
node=$(PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin command -v node) || fail 'Node is missing. Install Node 24 or newer where systemd finds it, like /usr/local/bin/node.'
"$node" -e 'process.exit(Number(process.versions.node.split(".")[0]) >= 24 ? 0 : 1)' || fail "Node 24 or newer is needed where systemd finds it, and $node is $("$node" --version)."
PATH=$(dirname "$node"):$PATH
server=${NATS_SERVER:-$source_folder/.manyhands/bin/nats-server}
[ -x "$server" ] || fail "there is no nats-server at $server: npm run setup, or name one by NATS_SERVER=/path"
# What is there is replaced as a whole, so it must be what this script installed, and no clone with its data.
case $source_folder/ in "$(readlink -f "$target")"/*) fail "this clone is in $target, which it would be installed over. Move it elsewhere, like /usr/local/src/manyhands." ;; esac
[ ! -e "$target" ] || [ -x "$target/bin/nats-server" ] || fail "$target is there, and it is no installation of this script. Move it elsewhere."

mkdir -p "$settings"
# What is secret in there is readable by root alone; the broker reads its configuration as an account of its own.
chmod 755 "$settings"
cd "$source_folder"
rm -rf "$target.new"
node deploy/gather.mjs "$target.new"
mkdir "$target.new/bin"
install -m 755 "$server" "$target.new/bin/nats-server"

# Written once; for NATS elsewhere, write its address instead.
[ -f "$settings/manyhands.env" ] || (umask 077 && cat deploy/systemd/manyhands.env.example > "$settings/manyhands.env")
[ -f "$settings/nats.conf" ] || install -m 644 deploy/systemd/nats.conf "$settings/nats.conf"
# All of them answer on this host, so each needs a port of its own.
port=8001
for service in coordinator compute metrics gateway; do
  [ -f "$settings/$service.env" ] || echo "HEALTH_PORT=$port" > "$settings/$service.env"
  port=$((port + 1))
done
# Node would set as much memory aside for what is young as such a host has to give; npm start does the same.
grep -qs '^NODE_OPTIONS=' "$settings/coordinator.env" || echo 'NODE_OPTIONS=--max-semi-space-size=16' >> "$settings/coordinator.env"
# Each service signs in at NATS by a key of its own. Keys that are there stay; what each may do is written again, as this build has it. A host that was
# installed with a token has another nats.conf, and goes on with it.
if grep -q '^include nats-authorization.conf' "$settings/nats.conf"; then
  node "$target.new/services/coordinator/dist/provision/keys.js" "$settings/nats"
  install -m 644 "$settings/nats/authorization.conf" "$settings/nats-authorization.conf"
  for identity in gateway coordinator compute metrics provision; do
    file="$settings/$identity.env"
    grep -qs '^MANYHANDS_NATS_NKEY=' "$file" \
      || (umask 077 && echo "MANYHANDS_NATS_NKEY=$(cat "$settings/nats/$identity.nkey")" >> "$file")
    chmod 600 "$file"
  done
fi
# A broker that was disabled since stays so: NATS runs elsewhere.
units=manyhands.target
if [ ! -d "$target" ] || systemctl --quiet is-enabled manyhands-nats.service; then units="manyhands-nats.service $units"; fi
install -m 644 deploy/systemd/*.service deploy/systemd/manyhands.target /etc/systemd/system/

systemctl daemon-reload
if systemctl --quiet is-active manyhands.target; then systemctl stop manyhands.target; fi
rm -rf "$target.old"
[ ! -d "$target" ] || mv "$target" "$target.old"
mv "$target.new" "$target"
rm -rf "$target.old"
# shellcheck disable=SC2086
systemctl enable --quiet $units
# shellcheck disable=SC2086
systemctl start $units
echo "Manyhands runs on http://127.0.0.1:8000. Its services: systemctl status 'manyhands*'; its settings: $settings/manyhands.env"
