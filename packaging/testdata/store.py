"""store.py STATS RUN... UNTIL: stores rows below the iteration UNTIL of each
run, in place and as DaCapo's FileStatsStore does. RUN may be COUNTxNAME."""
import os
import pickle
import sys

stats, *runs, until = sys.argv[1:]
until = int(until)
for kind in ("training_stats", "validation_scores"):
    os.makedirs(os.path.join(stats, kind), exist_ok=True)
names = []
for run in runs:
    count, _, name = run.partition("x")
    names += [f"{name}{i}" for i in range(int(count))] if name and count.isdigit() else [run]
for name in names:
    training = [{"iteration": i, "loss": 1 / (i + 1), "time": 0.25, "run_name": name} for i in range(until)]
    validation = [{"iteration": i, "scores": [[[i / 7]]], "run_name": name} for i in range(0, until, 100)]
    for kind, rows in (("training_stats", training), ("validation_scores", validation)):
        with open(os.path.join(stats, kind, name), "wb") as f:
            pickle.dump(rows, f)
