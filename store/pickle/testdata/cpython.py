#!/usr/bin/env python3
"""Pickles lists of rows with CPython, for the encoder to be compared with.

cpython.py              writes cpython/cases.json, a case an object with the
                        SHA-256 of its pickle, and the small pickles
cpython.py DIR SEED N   the same for N random cases, all pickles, in DIR

encode_test.go builds the same rows. Standard library only; CPython 3.8
to 3.13, since others write other bytes.
"""
import hashlib
import json
import os
import pickle
import random
import struct
import sys

MASK = (1 << 64) - 1


def draws(seed):
    """splitmix64"""
    while True:
        seed = (seed + 0x9E3779B97F4A7C15) & MASK
        z = seed
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        yield z ^ (z >> 31)


def rows(case):
    draw = draws(case["seed"]).__next__
    name = bytes.fromhex(case["run_name"]).decode("utf-8", "surrogatepass") * case["repeat"]

    def value():
        if case["null_every"] and draw() % case["null_every"] == 0:
            return None
        return struct.unpack("<d", struct.pack("<Q", draw()))[0]

    def nested(lengths):
        if not lengths:
            return value()
        n = draw() % (lengths[0] + 1) if case["ragged"] else lengths[0]
        return [nested(lengths[1:]) for _ in range(n)]

    result = []
    for i in range(case["rows"]):
        row = {"iteration": case["first"] + i * case["step"]}
        if case["scores"] is None:
            row["loss"] = value()
            row["time"] = value()
        elif case["null_every"] and draw() % case["null_every"] == 0:
            row["scores"] = None
        else:
            row["scores"] = nested(case["scores"])
        row["run_name"] = name
        result.append(row)
    return result


def case(name, rows, scores=None, first=0, step=1, run_name="run", repeat=1, null_every=0, ragged=False, seed=1):
    return {
        "name": name, "rows": rows, "scores": scores, "first": first, "step": step,
        "run_name": run_name.encode("utf-8", "surrogatepass").hex(),
        "repeat": repeat, "null_every": null_every, "ragged": ragged, "seed": seed,
    }


FIXED = [
    *[case(f"training-{n}", n) for n in (0, 1, 2, 3, 999, 1000, 1001, 2000, 2001, 100_000, 1_000_000)],
    case("negative", 300, first=-40_000, step=257),
    case("around-bytes", 520),
    case("around-int16", 20, first=65_530),
    case("around-int32", 20, first=2**31 - 10),
    case("around-minus-int32", 20, first=-(2**31) - 10),
    case("to-int64", 19, first=2**63 - 1 - 18 * 2**58, step=2**58),
    case("from-minus-int64", 31, first=-(2**63), step=2**57 + 1),
    *[case(f"around-2-{n}", 6, first=s * 2**n - 3) for n in (39, 40, 47, 48, 55, 56, 62) for s in (1, -1)],
    case("nulls", 500, null_every=3),
    case("all-null", 3, null_every=1),
    case("all-null-frames", 20_000, null_every=1),
    case("name-empty", 3, run_name=""),
    case("name-one-byte", 3, run_name="x"),
    case("name-is-a-key", 3, run_name="loss"),
    case("name-unicode", 1500, run_name="Zellen-\u00e4\u65e5\U0001f9ea"),
    case("name-not-utf8", 3, run_name=os.fsdecode(b"caf\xe9-\xff\x80")),
    case("name-255", 3, run_name="n", repeat=255),
    case("name-256", 3, run_name="n", repeat=256),
    case("name-gathered", 3, run_name="n", repeat=64 * 1024 - 1),
    case("name-bypasses", 3, run_name="n", repeat=64 * 1024),
    *[case("scores-" + "x".join(map(str, s)), n, scores=s) for n, s in (
        (0, [1, 1, 1]), (1, [1, 1, 1]), (50, [1, 1, 1]), (2, [0, 0, 0]), (2, [1, 0, 0]), (2, [2, 2, 0]), (2, [2, 3, 4]),
        (2, [1, 254, 1]), (3, [5, 60, 2]), (50, [3, 20, 30]), (2, [1, 1, 999]), (2, [1, 1, 1000]), (2, [1, 1, 1001]),
        (2, [1, 2001, 1]), (2, [1001, 1, 1]), (1001, [1, 2, 3]), (3, [1, 1, 100_000]),
    )],
    case("scores-ragged", 200, scores=[3, 4, 5], ragged=True),
    case("scores-ragged-nulls", 2500, scores=[3, 4, 5], ragged=True, null_every=5),
]


def random_cases(seed, n):
    r = random.Random(seed)
    for i in range(n):
        yield case(
            f"random-{i}",
            rows=r.choice([r.randrange(4), r.randrange(995, 1005), r.randrange(3000)]),
            scores=r.choice([None, [r.randrange(4), r.randrange(6), r.randrange(8)], [1, r.choice([1, 2, 400]), 1]]),
            first=r.choice([0, r.randrange(-(2**40), 2**40), r.randrange(-(2**17), 2**17), r.randrange(-(2**62), 2**62)]),
            step=r.choice([1, r.randrange(1, 1000), r.randrange(1, 2**34)]),
            run_name="".join(r.choice("ab\u00e9\u65e5\U0001f9ea\udc80\udcff") for _ in range(r.choice([0, 5, 60, 300]))),
            null_every=r.choice([0, 0, 2, 9]),
            ragged=r.random() < 0.5,
            seed=r.getrandbits(63),
        )


def write(directory, cases, limit):
    for c in cases:
        path = os.path.join(directory, c["name"] + ".pickle")
        with open(path, "wb") as f:
            pickle.dump(rows(c), f, protocol=4)
        with open(path, "rb") as f:
            content = f.read()
        c["sha256"] = hashlib.sha256(content).hexdigest()
        if len(content) > limit:
            os.unlink(path)
    with open(os.path.join(directory, "cases.json"), "w") as f:
        f.write("[\n" + ",\n".join(json.dumps(c) for c in cases) + "\n]\n")


if not (3, 8) <= sys.version_info < (3, 14):
    sys.exit("needs CPython 3.8 to 3.13, this is " + sys.version)
if len(sys.argv) == 1:
    write(os.path.join(os.path.dirname(os.path.abspath(__file__)), "cpython"), FIXED, limit=1024)
else:
    write(sys.argv[1], list(random_cases(sys.argv[2], int(sys.argv[3]))), limit=1 << 40)
