#!/bin/sh
# Run by the image of nginx before nginx: writes where plain HTTP leads. Each name in MANYHANDS_ORIGINS has its port there, which need not be 443.
set -eu
names=$(echo "$MANYHANDS_ORIGINS" | tr ',' '\n' | sed -nE 's#^ *(https://(\[[^]]*\]|[^][ :/]*)(:[0-9]+)?) *$#  "\2" "\1";#p' | awk '!known[$1]++')
printf 'map $host $tls_origin {\n  default "https://$host";\n%s\n}\n' "$names" >/run/redirects.conf
