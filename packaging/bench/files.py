"""Writes the stats files for the measurements, as DaCapo writes them.

files.py FILE FORM ROWS   writes one of so many rows, in the form of FORMS
"""
import math
import os
import pickle
import random
import struct
import sys
import types

try:
    import numpy
except ImportError:
    numpy = None

TRAINING = "training_stats"  # the directory of a stats tree
CLASSES = "dacapo.experiments.training_iteration_stats"


class TrainingIterationStats:
    """Pickles like DaCapo's attrs classes."""

    def __init__(self, iteration, loss, time):
        self.iteration, self.loss, self.time = iteration, loss, time


TrainingIterationStats.__module__ = CLASSES
for _name in ("dacapo", "dacapo.experiments", CLASSES):  # because pickle looks them up
    sys.modules.setdefault(_name, types.ModuleType(_name))
sys.modules[CLASSES].TrainingIterationStats = TrainingIterationStats


def training(rows, number=float):
    """A loss that falls, noisily, and the seconds that a step took, as DaCapo has them
    (dacapo/experiments/trainers/gunpowder_trainer.py, iterate): loss.item() of a 32-bit
    tensor, and the difference of two readings of time.time().
    """
    chance = random.Random(1)
    now, stats = 1.7e9, []
    for i in range(rows):
        loss = math.exp(-i / rows) + chance.gauss(0, 0.05)
        started, now = now, now + 0.05 + chance.random() / 100
        stats.append({"iteration": i, "loss": number(single(loss)), "time": now - started, "run_name": "run"})
    return stats


def single(value):
    """The 32-bit number nearest to a value."""
    return struct.unpack("f", struct.pack("f", value))[0]


def objects(rows):
    return [TrainingIterationStats(row["iteration"], row["loss"], row["time"]) for row in training(rows)]


def validation(rows, shape=(3, 20, 30)):
    chance = random.Random(2)
    outer, middle, inner = shape
    return [
        {"iteration": i * 1000, "run_name": "run",
         "scores": [[[chance.random() for _ in range(inner)] for _ in range(middle)] for _ in range(outer)]}
        for i in range(rows)
    ]


def write(path, rows, protocol=4):
    """Writes in place, as DaCapo does, and returns the number of bytes."""
    with open(path, "wb") as f:
        pickle.dump(rows, f, protocol)
        return f.tell()


def tree(stats, runs, rows):
    """Stores a number of runs; returns the stats tree."""
    everything, directory = training(rows), os.path.join(stats, TRAINING)
    os.makedirs(directory)
    for i in range(runs):
        name = f"run-{i:06}"
        write(os.path.join(directory, name), [row | {"run_name": name} for row in everything])
    return stats


def scalars(rows):
    return training(rows, numpy.float32)


FORMS = {  # function that makes the rows, and the protocol
    "plain": (training, 4),
    "objects": (objects, 4),
    "numpy": (scalars, 4),
    "scores": (validation, 4),
    "plain-0": (training, 0),
    "plain-2": (training, 2),
    "plain-3": (training, 3),
    "objects-2": (objects, 2),
    "numpy-2": (scalars, 2),
}


def make(path, form, rows):
    """Writes a file in a form, unless it exists."""
    if not os.path.exists(path):
        rows_of, protocol = FORMS[form]
        write(path, rows_of(rows), protocol)
    return path


if __name__ == "__main__":
    make(sys.argv[1], sys.argv[2], int(sys.argv[3]))
