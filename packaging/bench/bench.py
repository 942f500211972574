"""bench.py [--quick] PROGRAM WORKER MIRROR_TEST DIR MEMORY: measures statsmirror beside
the tools that people would use instead; see bench.sh."""
import json
import os
import re
import statistics
import subprocess
import sys
import time

import decode
import files
import first as firsts
import peers
import runs as many
import service
from pairs import Asked, Pair, figures, ratio
from table import Tables

quick = "--quick" in sys.argv
program, worker, mirror_test, directory, memory_disk = [a for a in sys.argv[1:] if a != "--quick"]
most = int(os.environ.get("STORES", 1000))
rounds, few = int(os.environ.get("ROUNDS", 9)), int(os.environ.get("FEW", 3))
idle_for = int(os.environ.get("IDLE", 600))
costs = {"rows": {}, "runs": {}}  # by unit (rows or runs) and name: pairs of number and seconds


def first():
    asked = Asked(worker)
    firsts.compared(table, program, asked, os.path.join(directory, "first"), *((50, 3) if quick else (5_000, rounds)))
    firsts.in_memory(table, program, memory_disk, *((100, 1) if quick else (100_000, few)))
    asked.close()


def growth():
    asked = Asked(worker)
    each = {30: 3, 100: 3} if quick else {100: rounds, 1_000: rounds, 10_000: rounds, 100_000: few}
    costs["runs"] |= firsts.growth(table, program, asked, os.path.join(directory, "growth"), each)
    asked.close()


def decoding():
    reader, loader = Asked(worker), Asked(sys.executable, "-B", os.path.join(os.path.dirname(__file__), "loader.py"))
    rows, scores, times = (20_000, 40, 3) if quick else (1_000_000, 2_000, rounds)
    decode.measure(table, reader, loader, directory, rows, scores, times)
    sizes = (10_000, 20_000) if quick else (10_000, 100_000, 1_000_000, 10_000_000)
    costs["rows"]["statsmirror: decode"], costs["rows"]["CPython: pickle.load"] = decode.growth(table, reader, loader, directory, sizes, times)
    reader.close()
    loader.close()


def storing():
    """The result of the package's benchmark, which needs seams that the program lacks."""
    sizes = "10000" if quick else "10000|100000|1000000"
    said = subprocess.run([mirror_test, "-test.run=^$", f"-test.bench=BenchmarkSync/rows=({sizes})$",
                           f"-test.benchtime={5 if quick else 31}x"], check=True, capture_output=True, text=True).stdout
    targets = {10_000: (1.5, 2.5), 1_000_000: (1.1, 1.5)}
    for rows, backups, milliseconds, copy, figure in re.findall(
            r"rows=(\d+)/backups=(\d)\S*\s.*?([\d.]+) commit-ms.*?([\d.]+) copy-ms.*?([\d.]+) times-copy\b", said):
        rows, limits = int(rows), targets.get(int(rows))
        name = "statsmirror: file to catalog" + (" to verified backup" if backups == "1" else "")
        costs["rows"].setdefault(name, []).append((rows, float(milliseconds) / 1e3))
        if backups == "0":
            costs["rows"].setdefault("copy, fsync and rename", []).append((rows, float(copy) / 1e3))
        what = f"extend {rows:,} rows by 100" + (", with a backup" if backups == "1" else "")
        table.row(what, "commit / copy, fsync, rename", figures(float(figure)), f"≤ {limits[int(backups)]}" if limits else "")


def keeping():
    for rows in (10_000,) if quick else (10_000, 100_000, 1_000_000):
        service.size(table, program, directory, rows)
    stores, rows = (20, 20_000) if quick else (most, 1_000_000)
    service.simulated(table, program, directory, stores, rows)


def memory():
    table.row("the program, stripped", "MB", f"{os.path.getsize(program) / 1e6:.1f}", "≤ 25")
    service.memory(table, program, directory, *((20_000, 40) if quick else (1_000_000, 2_000)))


def copying():
    """A tree of runs. Before each tool copies the tree, one run is extended."""
    stats = os.path.join(directory, "tree", "stats")
    os.makedirs(os.path.join(stats, "training_stats"))
    rows, runs = (2_000, 3) if quick else (100_000, 20)
    everything = files.training(rows + 100)
    for i in range(runs):
        files.write(os.path.join(stats, "training_stats", f"run{i}"), everything[:rows])
    tools = {"cp": peers.cp, "rsync": peers.rsync, "restic": peers.restic}
    sides, added = {"statsmirror": peers.statsmirror(program)}, 0
    for name, tool in tools.items():
        if peers.installed(name):
            sides[name] = tool
        else:
            table.missing(f"copy {runs} runs", name)

    def side(name):
        nonlocal added
        added = (added + 1) % 100
        files.write(os.path.join(stats, "training_stats", "run0"), everything[:rows + added])
        to = os.path.join(directory, "tree", name)
        os.makedirs(to, exist_ok=True)
        return sides[name](stats, to)

    pair = Pair(3 if quick else rounds).run({name: (lambda name=name: side(name)) for name in sides})
    for name in list(sides)[1:]:
        of = "statsmirror sync / " + {"cp": "cp -a, fsync", "rsync": "rsync -a", "restic": "restic backup"}[name]
        table.row(f"{runs} runs of {rows:,} rows, one stored", of, ratio(pair["statsmirror"], pair[name]))


def delays():
    rows, stores = (2_000, 5) if quick else (10_000, most)
    measured = {f"statsmirror, quiet period {quiet}": service.latency(program, directory, rows, stores, quiet)
                for quiet in ("100ms", "1ms")}
    for name, peer in () if quick else (("lsyncd", peers.Lsyncd), ("syncthing", peers.Syncthing)):
        if peers.installed(name):
            measured[name] = peers.latency(peer, os.path.join(directory, name), rows, 20)
        else:
            table.missing("close to copy", name)
    targets = {"statsmirror, quiet period 100ms": "≤ 1.3"}
    for name, seconds in measured.items():
        last = statistics.quantiles(seconds, n=100, method="inclusive")[98]
        table.row(f"close to copy, {rows:,} rows, {name}", "p50 ms, p99 ms",
                  f"{figures(statistics.median(seconds) * 1e3)}, {figures(last * 1e3)}")
        table.row(f"close to copy, {rows:,} rows, {name}", "p99 / p50", f"{last / statistics.median(seconds):.2f}", targets.get(name, ""))
    for name, seconds in measured.items():
        service.histogram(name, seconds)


def runs():
    sizes = (100, 300) if quick else (100, 1_000, 10_000, 100_000)
    times = 3 if quick else rounds
    asked = Asked(worker)
    costs["runs"]["sync"] = [(n, many.unchanged(table, program, asked, os.path.join(directory, f"runs-{n}"), n, times)) for n in sizes]
    asked.close()
    costs["runs"]["restart"], costs["runs"]["readdir, lstat"] = many.restart(table, mirror_test, sizes, times)


def idle():
    many.idle(table, program, os.path.join(directory, "idle"), *((100, 3) if quick else (1_000, idle_for)))


parts = {part.__name__: part for part in (first, growth, decoding, storing, delays, memory, keeping, copying, runs, idle)}
chosen = os.environ.get("PARTS", " ".join(parts)).split()
table = Tables(os.environ.get("TABLE"), ["conditions", *chosen])
table.part("conditions")
table.say(os.environ.get("CONDITIONS", ""))
for name in chosen:
    began = time.monotonic()
    table.part(name)
    parts[name]()
    table.keep()
    print(f"\n{name} took {time.monotonic() - began:.0f} s", flush=True)
drawn = [{"By": by, "Costs": [{"Name": name, "Points": points} for name, points in named.items()]} for by, named in costs.items() if named]
if drawn:
    print("\nA straight line is a cost that grows with the size.", flush=True)
    subprocess.run([worker, "growth"], check=True, text=True, input=json.dumps(drawn))
if kept := os.environ.get("FIGURES"):
    with open(kept, "w") as f:
        json.dump(drawn, f, indent=1)
