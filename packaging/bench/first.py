"""The first sync of many runs, beside a durable copy of as many files as large, and beside tools that copy a tree."""
import itertools
import math
import os
import shutil
import statistics

import files
import peers
from pairs import Pair, figures, ratio, spread

ROWS = 100


def compared(table, program, worker, directory, runs, rounds):
    stats = files.tree(os.path.join(directory, "stats"), runs, ROWS)
    sides = {"copy": copy(worker), "catalog": peers.statsmirror(program, backup=False), "backup": peers.statsmirror(program)}
    tools = {"rsync -a": peers.rsync, "rsync --fsync": peers.rsync_durably, "restic backup": peers.restic}
    what = f"first sync of {runs:,} runs of {ROWS} rows"
    for name, tool in tools.items():
        if peers.installed(*name.split()):
            sides[name] = tool
        else:
            table.missing(what, name)
    pair = Pair(rounds).run({name: fresh(side, stats, os.path.join(directory, name)) for name, side in sides.items()})
    for side, more, most, times in (("catalog", "", 0.6, 1.5), ("backup", ", with a backup", 1.2, 2.5)):
        each = [seconds.processor * 1e3 / runs for seconds in pair[side]]
        table.row(what + more, "ms of processor time a run", spread(each), f"≤ {most}")
        table.row(what + more, "statsmirror / durable copy, 16 at a time", ratio(pair[side], pair["copy"]), f"≤ {times}")
    for name in tools:
        if name in pair:
            table.row(what, f"{name} / durable copy, 16 at a time", ratio(pair[name], pair["copy"]))


def in_memory(table, program, directory, runs, rounds):
    """Seconds of a first sync on a tmpfs, where fsync costs nothing."""
    stats = files.tree(os.path.join(directory, "stats"), runs, ROWS)
    sync, to = peers.statsmirror(program, backup=False), os.path.join(directory, "to")

    def side():
        seconds = sync(stats, to)
        shutil.rmtree(to + "-state")
        return seconds

    pair = Pair(rounds, warm_up=False).run({"sync": side})
    times = "once" if rounds == 1 else f"{rounds} rounds"
    table.row(f"first sync of {runs:,} runs of {ROWS} rows, tmpfs, {times}", "seconds", spread(pair["sync"]), "≤ 60")


def growth(table, program, worker, directory, rounds):
    """How the cost grows with the runs, whose numbers are the keys of rounds; returns costs by name."""
    pairs = {}
    for runs, n in rounds.items():
        stats = files.tree(os.path.join(directory, f"{runs}", "stats"), runs, ROWS)
        sides = {"copy": copy(worker), "catalog": peers.statsmirror(program, backup=False)}
        pairs[runs] = Pair(n, warm_up=runs < 100_000).run(
            {name: fresh(side, stats, os.path.join(directory, f"{runs}", name)) for name, side in sides.items()})
    costs = {
        "processor time": [(runs, statistics.median(s.processor for s in pair["catalog"])) for runs, pair in pairs.items()],
        "first sync": [(runs, statistics.median(pair["catalog"])) for runs, pair in pairs.items()],
        "durable copy": [(runs, statistics.median(pair["copy"])) for runs, pair in pairs.items()],
    }
    table.head("first sync, by the number of runs", *(f"{runs:,}" for runs in rounds), "exponent")
    table.cells("rounds", *(str(n) for n in rounds.values()), "")
    for name, points in costs.items():
        table.cells(f"{name}, ms a run", *(figures(seconds * 1e3 / runs) for runs, seconds in points), figures(exponent(points)))
    table.cells("first sync / durable copy", *(ratio(pair["catalog"], pair["copy"]) for pair in pairs.values()), "")
    return {name: costs[name] for name in ("first sync", "durable copy")}


def exponent(points):
    """The slope of a cost in a picture with logarithmic axes: 1 is a cost in proportion."""
    logarithms = [[math.log(x) for x in axis] for axis in zip(*points)]
    return statistics.linear_regression(*logarithms).slope


def copy(worker):
    return lambda stats, to: worker.ask("copies", os.path.join(stats, files.TRAINING), to)[0]


def fresh(side, stats, directory):
    """Gives a side a new directory each time: ext4 is slow to create files where many were removed."""
    count = itertools.count()

    def run():
        to = os.path.join(directory, str(next(count)))
        os.makedirs(to)
        os.sync()  # earlier sides leave pages to write
        return side(stats, to)

    return run
