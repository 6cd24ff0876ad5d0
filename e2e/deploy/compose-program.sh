#!/usr/bin/env bash
# Brings Docker Compose, which e2e/deploy/docker-compose.e2e.spec.ts runs, into the folder of Go's programs, unless one is there:
#
#   e2e/deploy/compose-program.sh              that of Debian's packages, where they are: seconds
#   e2e/deploy/compose-program.sh --released   as it is released, built by Go: ten minutes on a core of its own; beside other work: GOFLAGS=-p=1 nice …
set -euo pipefail
# The newest that Go 1.26.8 can build.
compose=5.6.0
program=$(go env GOPATH 2>/dev/null || echo "${GOPATH:-$HOME/go}")/bin/docker-compose
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

# Of the newest Debian, whatever this machine has: a program that needs its C library alone. Its list of packages is read into the folder only.
take_packaged() {
  local source options
  source="deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $(grep -m1 ^URIs: /etc/apt/sources.list.d/debian.sources | cut -d' ' -f2) testing main"
  echo "$source" >sources.list
  mkdir -p lists/partial
  # The mirror may be a copy that is some weeks old.
  options=(-o Dir::Etc::SourceList="$folder/sources.list" -o Dir::Etc::SourceParts=- -o Dir::State::Lists="$folder/lists" -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache=
    -o Acquire::Check-Valid-Until=false -o Acquire::Languages=none -o APT::Sandbox::User=root -q)
  apt-get "${options[@]}" update
  apt-get "${options[@]}" download docker-compose
  dpkg-deb -x docker-compose_*.deb .
  install -D usr/libexec/docker/cli-plugins/docker-compose "$program"
}

if [ ! -x "$program" ]; then
  if [ "${1:-}" = --released ]; then
    go mod init docker-compose
    go get -tool "github.com/docker/compose/v5/cmd@v$compose"
    go build -trimpath -ldflags "-s -w -X github.com/docker/compose/v5/internal.Version=v$compose" -o "$program" github.com/docker/compose/v5/cmd
  else
    take_packaged
  fi
fi
echo "$("$program" version) is $program."
