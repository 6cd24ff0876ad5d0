#!/usr/bin/env bash
# Builds what the tests of the chart need (e2e/deploy/chart, kubernetes), into the folder of Go's programs: helm, kubeconform, and kube-apiserver as it is released.
#
#   e2e/deploy/kube-programs.sh            about ten minutes on one core; beside other work: GOFLAGS=-p=1 nice …. etcd comes from the system: apt-get install etcd-server
#   e2e/deploy/kube-programs.sh --chart    without kube-apiserver: two minutes on one core
set -euo pipefail
helm=3.22.0
kubernetes=1.36.3
programs=$(go env GOPATH)/bin
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

[ -x "$programs/helm" ] || go install "helm.sh/helm/v3/cmd/helm@v$helm"
[ -x "$programs/kubeconform" ] || go install github.com/yannh/kubeconform/cmd/kubeconform@v0.8.0
# What kube-schemas.ts makes its schemas of.
go mod download "k8s.io/kubernetes@v$kubernetes" github.com/kedacore/keda/v2@v2.21.0

if [ "${1:-}" = --chart ]; then
  echo "helm and kubeconform are in $programs."
  exit
fi
if [ ! -x "$programs/kube-apiserver" ]; then
  list=$(go mod download -json "k8s.io/kubernetes@v$kubernetes" | sed -n 's/^.*"GoMod": "\(.*\)",$/\1/p')
  cat > main.go <<'GO'
package main

import (
	"os"

	"k8s.io/kubernetes/cmd/kube-apiserver/app"
)

func main() {
	if app.NewAPIServerCommand().Execute() != nil {
		os.Exit(1)
	}
}
GO
  go mod init kube-apiserver
  go mod edit -require "k8s.io/kubernetes@v$kubernetes"
  # What lies beside it in its own repository, it takes from there; to others each is a module with a version of its own.
  for module in $(sed -n 's|^[[:space:]]*\(k8s\.io/[a-z0-9.-]*\) v0\.0\.0\( //.*\)\{0,1\}$|\1|p' "$list" | sort -u); do
    go mod edit -replace "$module=$module@v0.${kubernetes#1.}"
  done
  # Without these it takes itself for version 0, which charts refuse.
  about=k8s.io/component-base/version
  minor=${kubernetes#1.}
  go build -mod=mod -ldflags "-s -w -X $about.gitVersion=v$kubernetes -X $about.gitMajor=1 -X $about.gitMinor=${minor%%.*}" -o "$programs/kube-apiserver" .
fi
echo "helm, kubeconform and kube-apiserver are in $programs."
