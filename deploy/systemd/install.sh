#!/usr/bin/env bash
# Installs Manyhands as systemd units on this host, from a built clone (npm ci && npm run build && npm run setup). Run it again to bring a newer build:
# settings and data stay.
set -euo pipefail
source_folder=$(cd "$(dirname "$0")/../.." && pwd)
target=/opt/manyhands
settings=/etc/manyhands
fail() { echo "install.sh: $1" >&2; exit 1; }

[ "$(id -u)" = 0 ] || fail 'run it as root: it writes units, settings and /opt/manyhands.'
command -v systemctl >/dev/null || fail 'this host has no systemd.'
command -v node >/dev/null || fail 'Node is missing. Install Node 24 or newer where systemd finds it, like /usr/local/bin/node.'
node -e 'process.exit(Number(process.versions.node.split(".")[0]) >= 24 ? 0 : 1)' || fail "Node 24 or newer is needed, this is $(node --version)."
server=${NATS_SERVER:-$source_folder/.manyhands/bin/nats-server}
[ -x "$server" ] || fail "there is no nats-server at $server: npm run setup, or name one by NATS_SERVER=/path"

mkdir -p "$settings"
# What is secret in there is readable by root alone; the broker reads its configuration as an account of its own.
chmod 755 "$settings"
cd "$source_folder"
rm -rf "$target.new"
node deploy/gather.mjs "$target.new"
mkdir "$target.new/bin"
install -m 755 "$server" "$target.new/bin/nats-server"

# A token is made once; whoever runs NATS elsewhere writes its address instead.
if [ ! -f "$settings/manyhands.env" ]; then
  token=$(node -p 'crypto.randomBytes(24).toString("hex")')
  (umask 077 && sed "s/CHANGE-ME/$token/" deploy/systemd/manyhands.env.example > "$settings/manyhands.env" \
    && echo "NATS_TOKEN=$token" > "$settings/manyhands-nats.env")
fi
[ -f "$settings/nats.conf" ] || install -m 644 deploy/systemd/nats.conf "$settings/nats.conf"
# All three answer on this host, so each needs a port of its own.
port=8001
for service in coordinator compute metrics; do
  [ -f "$settings/$service.env" ] || echo "HEALTH_PORT=$port" > "$settings/$service.env"
  port=$((port + 1))
done
install -m 644 deploy/systemd/*.service deploy/systemd/manyhands.target /etc/systemd/system/

systemctl daemon-reload
if systemctl --quiet is-active manyhands.target; then systemctl stop manyhands.target; fi
rm -rf "$target.old"
[ ! -d "$target" ] || mv "$target" "$target.old"
mv "$target.new" "$target"
rm -rf "$target.old"
systemctl enable --quiet manyhands-nats.service manyhands.target
systemctl start manyhands-nats.service manyhands.target
echo "Manyhands runs on http://127.0.0.1:8000. Its services: systemctl status 'manyhands*'; its settings: $settings/manyhands.env"
