#!/bin/bash
# fuzz.sh [SECONDS]: fuzzes each kind of input for SECONDS (60 by default), two at a time, and
# prints how often each target ran. A failing input is saved in the package's testdata/fuzz. Leave it
# a processor for each of the two: Go takes an input that needs ten seconds for one that hangs.
set -euo pipefail
cd "$(dirname "$0")/.."
export seconds=${1:-60} corpora=${XDG_CACHE_HOME:-$HOME/.cache}/statsmirror/fuzz
work=$(mktemp -d)
export work
trap 'rm -rf "$work"' EXIT

fuzz() { # directory target
  cd "$1"
  local log=$work/$2.${1//\//.}.log
  # Stop with an interrupt: a run that ends by -test.fuzztime sometimes fails.
  if ! timeout --preserve-status -s INT "$seconds" "$work/${1//\//.}" -test.run='^$' -test.fuzz="^$2\$" \
    -test.fuzzcachedir="$corpora/$1" -test.fuzzminimizetime=10x -test.parallel=1 >"$log" 2>&1; then
    cat "$log"
    return 1
  fi
  local ran
  ran=$(grep -o 'execs: [1-9][0-9]*' "$log" | tail -1)
  [ -n "$ran" ] || { cat "$log"; echo "$1 $2 tried no input in $seconds s"; return 1; }
  echo "$1 $2: $ran in $seconds s"
}
export -f fuzz

git grep -l '^func Fuzz' -- '*_test.go' | xargs -n 1 dirname | sort -u | while read -r dir; do
  go test -c -fuzz=. -o "$work/${dir//\//.}" "./$dir"
  grep -ohP '^func \KFuzz\w+' "$dir"/*_test.go | sed "s|^|$dir |"
done | xargs -P 2 -n 2 bash -c 'fuzz "$@"' fuzz
