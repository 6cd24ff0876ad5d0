#!/usr/bin/env bash
# Builds Jaeger as it is released, which e2e/traces/jaeger.e2e.spec.ts runs, into the folder of Go's programs. Ten minutes on two cores; beside other work:
# GOFLAGS=-p=1 nice e2e/traces/jaeger-program.sh
set -euo pipefail
# Version 2.13: later ones cannot be had as a Go module.
jaeger=1.76.0
program=$(go env GOPATH)/bin/jaeger
if [ ! -x "$program" ]; then
  folder=$(mktemp -d)
  trap 'rm -rf "$folder"' EXIT
  cd "$folder"
  go mod init jaeger
  go get -tool "github.com/jaegertracing/jaeger/cmd/jaeger@v$jaeger"
  go build -trimpath -ldflags '-s -w' -o "$program" github.com/jaegertracing/jaeger/cmd/jaeger
fi
echo "Jaeger is $program."
