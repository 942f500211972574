#!/bin/bash
# bench.sh [--quick]: measures statsmirror beside the tools that people would use instead, on the
# same files in the same run, and prints a table of ratios as Markdown. --quick measures little, to
# see that it works, and leaves out lsyncd and Syncthing, which wait for seconds.
# Needs Go and Python. A missing tool gets a row that says so: apt-get install python3-numpy rsync
# lsyncd syncthing restic. Variables: TMPDIR chooses the disk. PARTS chooses from decoding, storing,
# keeping, copying, delays, runs and idle. STORES is the number of stores, 1000 by default. FIGURES
# names a file for the costs by rows and runs, as JSON, like that of the picture in packaging/docs.
# runs writes a hundred thousand files; idle waits for ten minutes.
set -euo pipefail
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export TMPDIR=$work GOTMPDIR=${TMPDIR:-/tmp}

python=/usr/bin/python3 # the Python that Debian's numpy belongs to
[ -x "$python" ] || python=python3
go build -o "$work/" ./cmd/statsmirror ./packaging/bench/worker
go test -c -o "$work/mirror.test" ./mirror
echo "$(nproc) processors of $(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -1)," \
  "$(df --output=fstype "$work" | tail -1), Linux $(uname -r), $(go version | cut -d' ' -f3), $("$python" -V)"
echo
mkdir "$work/files"
"$python" -B packaging/bench/bench.py "$@" "$work/statsmirror" "$work/worker" "$work/mirror.test" "$work/files"
