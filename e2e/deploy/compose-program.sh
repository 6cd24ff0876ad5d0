#!/usr/bin/env bash
# Builds Docker Compose as it is released, which e2e/deploy/docker-compose.e2e.spec.ts runs, into the folder of Go's programs. Ten minutes on a core of its own;
# beside other work: GOFLAGS=-p=1 nice e2e/deploy/compose-program.sh
set -euo pipefail
# The newest that Go 1.26.8 can build.
compose=5.6.0
program=$(go env GOPATH)/bin/docker-compose
if [ ! -x "$program" ]; then
  folder=$(mktemp -d)
  trap 'rm -rf "$folder"' EXIT
  cd "$folder"
  go mod init docker-compose
  go get -tool "github.com/docker/compose/v5/cmd@v$compose"
  go build -trimpath -ldflags "-s -w -X github.com/docker/compose/v5/internal.Version=v$compose" -o "$program" github.com/docker/compose/v5/cmd
fi
echo "$("$program" version) is $program."
