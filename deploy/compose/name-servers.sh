#!/bin/sh
# Run by the image of nginx before nginx: writes which name servers look the gateways up again while nginx runs. Docker has one. Podman states those of its networks
# and of the host, and nginx would ask all of them in turn, so only those are taken that know the gateways; while none does, this container starts again.
set -eu
servers=$(awk '$1 == "nameserver" && $2 !~ /:/ { print $2 }' /etc/resolv.conf)
if [ "$(echo "$servers" | wc -l)" -gt 1 ]; then
  servers=$(for server in $servers; do if nslookup -type=a gateway "$server" >/dev/null 2>&1; then echo "$server"; fi; done)
fi
[ -n "$servers" ] || { echo "name-servers.sh: no name server knows gateway yet" >&2; exit 1; }
echo "resolver $(echo $servers) valid=2s ipv6=off;" >/run/resolver.conf
