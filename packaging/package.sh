#!/bin/bash
# package.sh VERSION DIR [ARCH]...
# Builds the .deb and .rpm packages of VERSION for each ARCH, by default amd64 and arm64, in DIR.
# The packages are reproducible: the same sources, Go and SOURCE_DATE_EPOCH give the same bytes.
# SOURCE_DATE_EPOCH defaults to the time of the last commit. NFPM may name an nfpm to use.
set -euo pipefail
umask 022
[ $# -ge 2 ] || { echo "usage: $0 VERSION DIR [ARCH]..." >&2; exit 2; }
mkdir -p "$2"
export VERSION=$1 TZ=UTC LC_ALL=C
out=$(realpath "$2")
shift 2
cd "$(dirname "$0")/.."
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
BUILD=$(mktemp -d)
export SOURCE_DATE_EPOCH BUILD
trap 'rm -rf "$BUILD"' EXIT
if [ -z "${NFPM:-}" ]; then
  NFPM=$BUILD/nfpm
  go build -modfile=packaging/tools/nfpm.mod -o "$NFPM" github.com/goreleaser/nfpm/v2/cmd/nfpm
fi

program() { # arch file
  CGO_ENABLED=0 GOOS=linux GOARCH=$1 go build -trimpath -buildvcs=false \
    -ldflags "-s -w -buildid= -X main.version=$VERSION" -o "$2" ./cmd/statsmirror
}
program "$(go env GOHOSTARCH)" "$BUILD/native"
"$BUILD/native" docs "$BUILD/docs"
gzip -9n "$BUILD"/docs/man/*/*
mkdir "$BUILD/documents"
cp -r README.md mirror/snapshot/FORMAT.md packaging/CHANGELOG.md packaging/docs "$BUILD/documents"
sed -i 's#packaging/docs/#docs/#g; s#mirror/snapshot/FORMAT.md#FORMAT.md#g; s#(\.\./\.\./#(../#g' \
  "$BUILD"/documents/README.md "$BUILD"/documents/docs/*.md # their links, to where they are now
changelog() { # the first section of CHANGELOG.md as Debian writes it
  printf 'statsmirror (%s) unstable; urgency=medium\n\n' "$VERSION"
  sed '1,/^## /d; /^## /,$d; /^$/d; s/^  /    /; s/^- /  * /; s/^\([^ #]\)/  \1/; s/^### \(.*\)/\n  [ \1 ]/' packaging/CHANGELOG.md
  printf '\n -- statsmirror maintainers <statsmirror@localhost>  %s\n' "$(date -Rd "@$SOURCE_DATE_EPOCH")"
}
changelog | gzip -9n >"$BUILD/changelog.gz"
[ $# -gt 0 ] || set -- amd64 arm64
for ARCH; do
  export ARCH
  program "$ARCH" "$BUILD/$ARCH/statsmirror"
  UNITS=/lib/systemd/system "$NFPM" package --config packaging/nfpm.yaml --packager deb --target "$out"
  UNITS=/usr/lib/systemd/system "$NFPM" package --config packaging/nfpm.yaml --packager rpm --target "$out"
done
