#!/bin/bash
# bench.sh [--quick]: measures statsmirror beside the tools that people would use instead, on the
# same files in the same run, and prints tables of ratios as Markdown. --quick measures little, to
# see that it works, and leaves out lsyncd and Syncthing, which wait for seconds.
# Needs Go and Python. A missing tool gets a row that says so: apt-get install python3-numpy rsync
# lsyncd syncthing. It builds a current restic, if there is a network, and keeps it. Variables:
#   PARTS    some of first, growth, decoding, storing, delays, memory, keeping, copying, runs and idle
#   ROUNDS   of each pair, 9 by default; FEW is that of 100,000 runs, 3 by default
#   STORES   how often delays and keeping store a run, 1000 by default
#   IDLE     how many seconds idle waits, 600 by default
#   TMPDIR   chooses the disk, with room for 20 GB; MEMORY a tmpfs with room for 4, /dev/shm by default
#   TABLE    a document: each part writes its table between its marks there
#   FIGURES  a file for the costs by rows and runs, as JSON, like that of the picture in packaging/docs
set -euo pipefail
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
memory=$(mktemp -d -p "${MEMORY:-/dev/shm}")
trap 'rm -rf "$work" "$memory"' EXIT
export TMPDIR=$work GOTMPDIR=${TMPDIR:-/tmp}

restic=${XDG_CACHE_HOME:-$HOME/.cache}/statsmirror/restic-0.18.1
if [[ ! -x $restic/restic && $* != *--quick* ]]; then # Debian 12 has one of 2022
  GOBIN=$restic go install github.com/restic/restic/cmd/restic@v0.18.1 || echo "restic cannot be built" >&2
fi
PATH=$restic:$PATH

python=/usr/bin/python3 # the Python that Debian's numpy belongs to
[ -x "$python" ] || python=python3
CGO_ENABLED=0 go build -trimpath -ldflags "-s -w" -o "$work/" ./cmd/statsmirror # as in the packages
go build -o "$work/" ./packaging/bench/worker
go test -c -o "$work/mirror.test" ./mirror
version() {
  local found
  found=$("$@" 2>/dev/null | grep -o '[0-9]\+\(\.[0-9]\+\)\+' | sed -n 1p) || :
  echo "$1 ${found:-(not installed)}"
}
CONDITIONS="Measured on $(date -u +%F), at commit $(git rev-parse --short HEAD): $(nproc) processors of $(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -1),
$(df --output=fstype "$work" | tail -1), Linux $(uname -r), $(go version | cut -d' ' -f3), $("$python" -V),
$(version rsync --version), $(version restic version), $(version lsyncd --version), $(version syncthing --version)."
export CONDITIONS
mkdir "$work/files"
"$python" -B packaging/bench/bench.py "$@" "$work/statsmirror" "$work/worker" "$work/mirror.test" "$work/files" "$memory"
