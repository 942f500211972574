"""statsmirror run, as installed, with its own tree and backup.

service.py PROGRAM DIR ROWS STORES QUIET   prints the delay of each store as CSV, to line up with a trace
"""
import atexit
import json
import os
import queue
import subprocess
import sys
import threading
import time

import files


class Service:
    def __init__(self, program, directory, quiet="100ms"):
        self.dir = directory
        self.stats = os.path.join(directory, "stats")
        self.backup = os.path.join(directory, "backup")
        for kind in ("training_stats", "validation_scores"):
            os.makedirs(os.path.join(self.stats, kind), exist_ok=True)
        config = os.path.join(directory, "statsmirror.yaml")
        with open(config, "w") as f:
            f.write(f"stats: {self.stats}\nstate: {self.backup}-state\nbackups: [{self.backup}]\n"
                    f"quiet_period: {quiet}\nlog_format: json\n")
        self.process = subprocess.Popen([program, "run", "--config", config],
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        atexit.register(self.process.kill)
        self.logged = queue.Queue()
        threading.Thread(target=self._listen, daemon=True).start()
        self.await_event("service.ready")

    def _listen(self):
        for line in self.process.stdout:
            self.logged.put((json.loads(line)["event"], time.perf_counter()))

    def await_event(self, event, timeout=60):
        """Returns the time at which the event was logged."""
        while True:
            got, now = self.logged.get(timeout=timeout)
            if got == event:
                return now

    def store(self, rows, kind="training_stats", name="run"):
        """Stores as DaCapo does; returns the seconds until the verified backup."""
        files.write(os.path.join(self.stats, kind, name), rows)
        self.closed = time.perf_counter()
        return self.await_event("backup.mirrored") - self.closed

    def status(self, what):
        """MiB, from a line of /proc/PID/status."""
        with open(f"/proc/{self.process.pid}/status") as f:
            return next(int(line.split()[1]) for line in f if line.startswith(what + ":")) / 1024

    def stop(self):
        self.process.terminate()
        self.process.wait()


def memory(table, program, directory, rows, scores):
    for what, kind, make, n, more, most in (
        (f"{rows:,} rows", "training_stats", files.training, rows, 100, 50),
        (f"{scores:,} validations of 3x20x30", "validation_scores", files.validation, scores, 1, 120),
    ):
        place = os.path.join(directory, "memory-" + kind)
        everything = make(n + 3 * more)
        s = Service(program, place)
        s.store(everything[:n], kind)
        table.row(f"first sync of {what}", "peak RSS, MiB", f"{s.status('VmHWM'):.0f}")
        s.stop()
        s = Service(program, place)
        for i in (1, 2, 3):
            s.store(everything[:n + i * more], kind)
        table.row(f"update of {what}", "peak RSS, MiB", f"{s.status('VmHWM'):.0f}", f"≤ {most}")
        s.stop()


def size(table, program, directory, rows):
    s = Service(program, os.path.join(directory, f"size-{rows}"))
    s.store(files.training(rows))
    pickled = os.path.getsize(os.path.join(s.stats, "training_stats", "run"))
    kept = os.path.getsize(os.path.join(s.backup, "snapshots", "run.parquet"))
    table.row(f"bytes, {rows:,} rows", "snapshot / pickle", f"{kept / pickled:.2f}", "≤ 0.4")
    s.stop()


def simulated(table, program, directory, stores, rows):
    """A training with a number of stores, up to a number of rows. Each store is mirrored before the next."""
    s = Service(program, os.path.join(directory, "training"), quiet="1ms")
    everything = files.training(rows)
    wrote, before = 0, _written(s.process.pid)
    for i in range(1, stores + 1):
        now = everything[:rows * i // stores]
        s.store(now)
        wrote += os.path.getsize(os.path.join(s.stats, "training_stats", "run"))
    table.row(f"a training of {stores:,} stores up to {rows:,} rows", "bytes to catalog, backup and log / bytes DaCapo wrote",
              f"{(_written(s.process.pid) - before) / wrote:.2f}", "≤ 0.6")
    s.stop()


def _written(pid):
    with open(f"/proc/{pid}/io") as f:
        return next(int(line.split()[1]) for line in f if line.startswith("wchar"))


def latency(program, directory, rows, stores, quiet):
    """Seconds from the writer's close to the verified backup, for each store of a run."""
    return [seconds for _, seconds in stored(program, directory, rows, stores, quiet)]


def stored(program, directory, rows, stores, quiet):
    """Stores a run again and again; yields when the writer closed it (CLOCK_MONOTONIC), and the seconds until the verified backup."""
    s = Service(program, os.path.join(directory, "latency-" + quiet), quiet)
    everything = files.training(rows + stores)
    s.store(everything[:rows])
    for i in range(1, stores + 1):
        seconds = s.store(everything[:rows + i])
        yield s.closed, seconds
    s.stop()


def histogram(name, seconds):
    """Prints a histogram of delays, in steps of the square root of two."""
    steps = {}
    for s in seconds:
        step = 0.001
        while step < s:
            step *= 2 ** 0.5
        steps[step] = steps.get(step, 0) + 1
    print(f"\n{name}, milliseconds up to, and how many of {len(seconds)} stores:\n")
    for step in sorted(steps):
        print(f"    {step * 1000:7.1f} {steps[step]:5} {'#' * round(60 * steps[step] / len(seconds))}")


if __name__ == "__main__":
    print("closed_ns,delay_ms")
    for closed, seconds in stored(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), sys.argv[5]):
        print(f"{closed * 1e9:.0f},{seconds * 1e3:.3f}")
