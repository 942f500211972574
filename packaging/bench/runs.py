"""The cost of many runs, none of which changes."""
import glob
import os
import re
import subprocess
import time

import files
import peers
import service
from pairs import Pair, figures, ratio

BENCHMARK = re.compile(r"BenchmarkRestart/(\d+)\S*\s+\d+\s+(\S+) ns/op\s+(\S+) B/run\s+(\S+) pass-ms/op\s+(\S+) times-pass")


def restart(table, mirror_test, sizes, rounds):
    """The result of the package's benchmark: runs and seconds of a restart, and of a pass."""
    said = subprocess.run([mirror_test, "-test.run=^$", f"-test.bench=BenchmarkRestart/({'|'.join(map(str, sizes))})$",
                           f"-test.benchtime={rounds}x", "-test.timeout=0"], check=True, capture_output=True, text=True).stdout
    restarts, passes = [], []
    for runs, nanoseconds, held, milliseconds, times in BENCHMARK.findall(said):
        runs = int(runs)
        restarts.append((runs, float(nanoseconds) / 1e9))
        passes.append((runs, float(milliseconds) / 1e3))
        table.row(f"restart, {runs:,} runs unchanged", "until that is known / readdir, lstat", figures(float(times)),
                  "≤ 1.5" if runs >= 100_000 else "")
        table.row(f"catalog of {runs:,} runs", "bytes of memory a run", f"{float(held):.0f}", "≤ 1024")
    return restarts, passes


def unchanged(table, program, worker, directory, runs, rounds):
    """A second sync of the same runs, and the memory of a service that finds nothing to do; returns the seconds of the sync."""
    stats, copies = os.path.join(directory, "stats"), os.path.join(directory, "backup")
    files.tree(stats, runs, 10)
    sync = peers.statsmirror(program)
    sync(stats, copies)
    pair = Pair(rounds).run({"sync": lambda: sync(stats, copies), "pass": lambda: worker.ask("pass", stats)[0]})
    table.row(f"sync of {runs:,} runs unchanged", "statsmirror sync / readdir, lstat", ratio(pair["sync"], pair["pass"]))
    s = service.Service(program, directory)
    s.store(files.training(10), name="last")  # sorts after all others
    table.row(f"start with {runs:,} runs unchanged", "peak RSS, MiB", f"{s.status('VmHWM'):.0f}")
    s.stop()
    return sorted(pair["sync"])[rounds // 2]


def idle(table, program, directory, runs, seconds):
    """A service with nothing to do."""
    stats, copies = os.path.join(directory, "stats"), os.path.join(directory, "backup")
    files.tree(stats, runs, 10)
    peers.statsmirror(program)(stats, copies)
    s = service.Service(program, directory)
    s.store(files.training(10), name="last")
    time.sleep(1)  # for the work after a copy
    began, used, open_files = time.monotonic(), processor(s.process.pid), descriptors(s.process.pid)
    time.sleep(seconds)
    share = (processor(s.process.pid) - used) / (time.monotonic() - began)
    what = f"{runs:,} runs, idle for {seconds} s"
    table.row(what, "% of a processor", f"{100 * share:.3f}", "≤ 0.05")
    table.row(what, "RSS, MiB", f"{s.status('VmRSS'):.0f}", "≤ 20")
    table.row(what, "more open files than before", str(descriptors(s.process.pid) - open_files), "≤ 0")
    s.stop()


def processor(pid):
    """Seconds of processor time of a process's threads. /proc/PID/stat counts only hundredths."""
    nanoseconds = 0
    for name in glob.glob(f"/proc/{pid}/task/*/schedstat"):
        with open(name) as f:
            nanoseconds += int(f.read().split()[0])
    return nanoseconds / 1e9


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))
