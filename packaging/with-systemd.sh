#!/bin/bash
# with-systemd.sh [-b DIR]... [-v] COMMAND [ARG]...
# Boots the host's systemd as PID 1 of fresh namespaces, on a throwaway overlay of the host's root
# (upper layer in RAM). Runs COMMAND inside, in the same directory and environment. Then powers off
# and exits with COMMAND's status. The host sees no change except below each -b DIR, which is bound
# read-write. Inside, the only network is the loopback, and the host's configuration and state of
# statsmirror are missing.
# Needs: root; util-linux, iproute2, systemd, dbus; cgroup2 mounted somewhere.
# Exits with 125 if the script itself fails.
set -euo pipefail
die() { echo "${0##*/}: $*" >&2; exit 125; }
binds=() verbose=
while getopts b:v o; do case $o in
  b) binds+=("$(realpath -e -- "$OPTARG")") || die "no such directory: $OPTARG";;
  v) verbose=1;; *) exit 125;; esac; done
shift $((OPTIND - 1))
[ $# -gt 0 ] || die "usage: $0 [-b DIR]... [-v] COMMAND [ARG]..."
[ "$(id -u)" = 0 ] || die "needs root"
[ -x /lib/systemd/systemd ] || die "systemd is not installed"
cg2=$(findmnt -nl -t cgroup2 -o TARGET | head -n1); [ -n "$cg2" ] || die "no cgroup2 mount"

boot() { # in the new namespaces, as their PID 1: tmpdir bind...
  set -euo pipefail
  local W=$1/mnt R=$1/mnt/root n a b; shift
  mount -t tmpfs -o mode=755 with-systemd "$W"; mkdir "$W"/{upper,work,root}
  mount -t overlay -o "lowerdir=/,upperdir=$W/upper,workdir=$W/work,volatile" overlay "$R"
  # Nothing inside may find or start a statsmirror of the host. This comes before the binds,
  # which are not copies.
  rm -rf "$R"/etc/statsmirror "$R"/var/lib/statsmirror* "$R"/etc/credstore*/statsmirror* "$R"/etc/systemd/system/statsmirror*
  for b in "$@"; do mount --bind "$b" "$R$b"; done
  mount -t proc -o nosuid,nodev,noexec proc "$R/proc"
  mount --bind "$R/proc/sys" "$R/proc/sys"              # host-wide sysctls read-only, this
  mount --bind "$R/proc/sys/net" "$R/proc/sys/net"      # network namespace's own writable
  mount -o remount,bind,ro "$R/proc/sys"
  mount -t sysfs -o ro,nosuid,nodev,noexec sysfs "$R/sys"
  mount -t cgroup2 -o nosuid,nodev,noexec cgroup2 "$R/sys/fs/cgroup"
  mount -t tmpfs -o mode=755,nosuid,nodev tmpfs "$R/run"; mkdir "$R/run/lock"
  mount -t tmpfs -o mode=755,nosuid tmpfs "$R/dev"; mkdir "$R"/dev/{pts,shm}
  while read -r n a b; do mknod -m 666 "$R/dev/$n" c "$a" "$b"; done \
    <<<$'null 1 3\nzero 1 5\nfull 1 7\nrandom 1 8\nurandom 1 9\ntty 5 0\nfuse 10 229'
  mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts "$R/dev/pts"
  mount -t tmpfs -o mode=1777,nosuid,nodev tmpfs "$R/dev/shm"
  ln -s pts/ptmx "$R/dev/ptmx"; ln -s /proc/self/fd "$R/dev/fd"
  ln -s fd/0 "$R/dev/stdin"; ln -s fd/1 "$R/dev/stdout"; ln -s fd/2 "$R/dev/stderr"
  # Start no service of the host image; let dpkg start units; do not empty /tmp at boot.
  # Remove /.dockerenv, which makes kardianos/service treat every process as interactive.
  rm -rf "$R"/etc/systemd/system/*.wants "$R/usr/sbin/policy-rc.d" "$R/.dockerenv"
  mkdir -p "$R/etc/tmpfiles.d"; ln -sf /dev/null "$R/etc/tmpfiles.d/tmp.conf"
  mkdir -p "$R/.old"; cd "$R"; pivot_root . .old; umount -l /.old; rmdir /.old
  mount --make-rshared /  # systemd leaves this to a container's manager; credentials need it
  exec env -i container=with-systemd PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    setpriv --bounding-set -sys_module,-sys_time,-sys_rawio,-sys_boot,-syslog \
    /lib/systemd/systemd --unit=multi-user.target --log-target=journal --show-status=no
}

scrap() { # cgroup tmpdir
  local i; for i in {1..50}; do
    find "$1" -depth -type d -exec rmdir {} + 2>/dev/null || :
    [ -d "$1" ] || break; sleep 0.1; done
  rm -f "$2/boot.log"; rmdir "$2/mnt" "$2" 2>/dev/null || :; }
for d in /tmp/with-systemd.*; do p=${d#*.}; p=${p%%.*}    # left by a run killed with -9
  [ ! -d "$d" ] || kill -0 "$p" 2>/dev/null || scrap "$cg2/${d##*/}" "$d"; done

tmp=$(mktemp -d "/tmp/with-systemd.$$.XXXXXX"); cg=$cg2/${tmp##*/}; mkdir "$cg" "$tmp/mnt"
init='' sup='' cmd=''
ours() { grep -qsx "PPid:[[:space:]]*$$" "/proc/$1/status"; }   # still a child of this script, not a reused id
cleanup() {
  trap '' INT TERM HUP; trap - EXIT
  if ours "$sup" && init=$(cat "/proc/$sup/task/$sup/children" 2>/dev/null) && [ -n "$init" ]; then
    kill -s RTMIN+4 $init 2>/dev/null || :                                  # orderly poweroff
    for _ in {1..100}; do ours "$sup" || break; sleep 0.1; done; fi
  for p in $sup $cmd; do ! ours "$p" || kill -9 "$p" || :; done             # with sup dies everything inside
  wait $sup $cmd 2>/dev/null || :
  scrap "$cg" "$tmp"; }
trap 'rc=$?; cleanup; exit $rc' EXIT; trap 'exit 130' INT; trap 'exit 143' TERM; trap 'exit 129' HUP

# unshare first joins its own cgroup, so that the new cgroup namespace is rooted there. It dies with
# this script, and everything inside dies with it.
code=$(declare -f boot)
( echo 0 >"$cg/cgroup.procs"
  exec setpriv --pdeathsig KILL unshare --fork --kill-child --pid --mount --propagation private \
    --uts --ipc --net --cgroup bash -c "$code; boot \"\$@\"" with-systemd-boot \
    "$tmp" ${binds[@]+"${binds[@]}"} </dev/null >"$tmp/boot.log" 2>&1 ) & sup=$!
state=
for _ in {1..600}; do
  ours "$sup" || break
  { read -r init _ <"/proc/$sup/task/$sup/children" || :; read -r comm <"/proc/$init/comm" || comm=; } 2>/dev/null
  if [ "$comm" = systemd ]; then
    state=$(nsenter -t "$init" -a systemctl is-system-running 2>/dev/null || :)
    case $state in running|degraded) break;; esac
  fi; sleep 0.05; done
case $state in running|degraded) ;; *) cat "$tmp/boot.log" >&2; die "no boot (state: ${state:-none})";; esac
[ -z "$verbose" ] || echo "${0##*/}: booted ($state), its PID 1 is $init outside" >&2
[ "$state" = running ] || nsenter -t "$init" -a systemctl --failed --no-legend >&2
# nsenter -F keeps the parent outside the PID namespace. A forking nsenter would be stopped for ever
# when poweroff sends SIGSTOP to everything inside. It runs in the background so that signals are
# handled at once.
nsenter -F -t "$init" -a bash -c 'cd -- "$1" && shift && "$@"; exit $?' with-systemd "$PWD" "$@" <&0 & cmd=$!
rc=0; wait "$cmd" || rc=$?
exit $rc
