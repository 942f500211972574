"""Stores the statistics of a run as DaCapo does, without training anything.

usage: train.py STATS RUN FINAL_LOSS

For six seconds the run goes on by 100 iterations every half second, and is validated
every second. Each time the whole pickle is written anew, in place.
"""

import math
import os
import pickle
import random
import sys
import time


def store(stats, kind, run, rows):
    os.makedirs(os.path.join(stats, kind), exist_ok=True)
    with open(os.path.join(stats, kind, run), "wb") as file:
        pickle.dump(rows, file)


def main(stats, run, final_loss):
    noise = random.Random(final_loss)
    training, validation = [], []
    for step in range(12):
        for i in range(100 * step, 100 * step + 100):
            loss = (final_loss + math.exp(-i / 200)) * noise.uniform(0.9, 1.1)
            training.append({"iteration": i, "loss": loss, "time": 0.005, "run_name": run})
        store(stats, "training_stats", run, training)
        if step % 2 == 1:
            scores = [[[1 - loss, loss], [0.9 - loss, 1.1 * loss]]]
            validation.append({"iteration": i, "scores": scores, "run_name": run})
            store(stats, "validation_scores", run, validation)
        time.sleep(0.5)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], float(sys.argv[3]))
