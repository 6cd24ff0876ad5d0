#!/bin/sh
# Run by the image of nginx before nginx: it listens on IPv6, too, where there is such. Where there is none, it would not start.
set -eu
[ -e /proc/net/if_inet6 ] || exit 0
for port in 8080 8081; do echo "listen [::]:$port;" >/run/ipv6-$port.conf; done
echo 'listen [::]:8443 ssl;' >/run/ipv6-8443.conf
