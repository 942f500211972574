"""loader.py: reads file names, one per line, and answers with the seconds that
CPython's pickle.load took. The files are in the page cache."""
import pickle
import sys
import time

import files  # noqa: F401: the classes that the pickles name

for line in sys.stdin:
    path = line.rstrip("\n")
    with open(path, "rb") as f:
        began = time.perf_counter()
        rows = pickle.load(f)
        seconds = time.perf_counter() - began
    del rows
    print(seconds, flush=True)
