"""Decoding, warm, beside CPython's pickle.load and a bare read(2) loop."""
import os
import statistics

import files
from pairs import Asked, Pair, ratio

TARGETS = {"plain": 30, "objects": 30, "numpy": 12, "scores": 15, "plain-2": 10, "plain-3": 10, "objects-2": 10, "numpy-2": 10}

MOST_LOADED = 1_000_000  # rows: CPython needs gigabytes for more


def warm(worker, *command):
    """The median of three, because a process that has just been idle is slower."""
    return statistics.median(worker.ask(*command)[0] for _ in range(3))


def measure(table, worker, loader, directory, rows, scores, rounds):
    for form, target in TARGETS.items():
        if "numpy" in form and files.numpy is None:
            table.missing(f"decode {form}", "python3-numpy")
            continue
        n = scores if form == "scores" else rows
        what = f"decode {form}, {n:,} rows"
        command = "validation" if form == "scores" else "training"
        path = files.make(os.path.join(directory, f"{form}-{n}"), form, n)
        pair = Pair(rounds).run({
            "load": lambda: loader.ask(path)[0],
            "decode": lambda: warm(worker, command, path),
            "read": lambda: warm(worker, "read", path),
        })
        fresh = Asked(*worker.process.args)  # without memory of other files to reuse
        allocated = fresh.ask(command, path)[1]
        fresh.close()
        table.row(what, "pickle.load / statsmirror", ratio(pair["load"], pair["decode"]), f"≥ {target}")
        table.row(what, "statsmirror / read(2)", ratio(pair["decode"], pair["read"]), "≤ 5" if "numpy" in form else "≤ 3")
        if form != "scores":
            table.row(what, "bytes allocated a row", f"{allocated / n:.1f}", f"≤ {25 + 4 * 2**20 / n:.1f}")


def growth(table, worker, loader, directory, sizes, rounds):
    """How the time of a row changes with the number of rows; returns rows and seconds of decoding and of pickle.load."""
    costs = {}
    every = {n: files.make(os.path.join(directory, f"plain-{n}"), "plain", n) for n in sizes}
    for smaller, larger in zip(sizes, sizes[1:]):
        paths = {n: every[n] for n in (smaller, larger)}
        pair = Pair(rounds).run({n: lambda n=n: warm(worker, "training", paths[n]) / n for n in paths})
        costs |= {n: statistics.median(pair[n]) * n for n in paths}
        table.row(f"decode plain, {larger:,} rows", f"time of a row / at {smaller:,} rows", ratio(pair[larger], pair[smaller]))
    loads = [(n, warm(loader, path)) for n, path in every.items() if n <= MOST_LOADED]
    return sorted(costs.items()), loads
