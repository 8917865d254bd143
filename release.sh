#!/usr/bin/env bash
# release.sh [-o FOLDER] [OS/ARCH...]: builds the static binaries of a release, by default for every platform into
# dist/, with their checksums and the licences of what they contain. One commit and one version of Go give the same
# bytes on any machine and in any folder: go version -m BINARY says which.
set -euo pipefail
cd "$(dirname "$0")"

out=dist
while getopts o: option; do
  case $option in
  o) out=$OPTARG ;;
  *) exit 2 ;;
  esac
done
shift $((OPTIND - 1))
platforms=("$@")
[ $# -gt 0 ] || platforms=(linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64 windows/arm64)
if [ -n "$(git status --porcelain --untracked-files=no)" ]; then
  echo "release.sh: commit first: a release is built from a commit" >&2
  exit 1
fi

mkdir -p "$out"
files=()
for platform in "${platforms[@]}"; do
  os=${platform%/*} arch=${platform#*/}
  file=dataprism-$os-$arch
  [ "$os" != windows ] || file+=.exe
  CGO_ENABLED=0 GOOS=$os GOARCH=$arch GOFLAGS='' GOAMD64=v1 GOARM64=v8.0 \
    go build -trimpath -buildvcs=true -ldflags '-s -w' -o "$out/$file" ./cmd/dataprism
  files+=("$file")
done

# Licences ask that their text goes along with the binaries.
modules=$(for platform in "${platforms[@]}"; do
  GOOS=${platform%/*} GOARCH=${platform#*/} go list -deps -f '{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}} {{.Dir}}{{end}}{{end}}' ./cmd/dataprism
done | sort -u)
{
  printf 'dataprism\n\n'
  cat LICENSE
  printf '\nGo, its standard library\n\n'
  cat "$(go env GOROOT)/LICENSE"
  while read -r path version dir; do
    printf '\n%s %s\n\n' "$path" "$version"
    cat "$dir"/[Ll][Ii][Cc][Ee][Nn][SsCc][Ee]* "$dir"/NOTICE* 2>/dev/null || :
  done <<<"$modules"
} >"$out/LICENSES.txt"
files+=(LICENSES.txt)
(cd "$out" && sha256sum "${files[@]}" >SHA256SUMS && cat SHA256SUMS)
