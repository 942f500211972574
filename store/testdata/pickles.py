#!/usr/bin/env python3
"""pickles.py SEED N: random stats pickles on the standard output, with what DaCapo reads of them.

Each is one JSON line: the kind, the name of the pickler and its protocol, the pickle in base64, and the rows as DaCapo's
class converts them: int(iteration), float(loss), or lists of lists of lists of float(score); null for None; floats by
float.hex. Both of CPython's picklers are used, in all protocols. Needs numpy.
"""
import base64
import collections
import datetime
import decimal
import enum
import fractions
import io
import json
import pathlib
import pickle
import random
import sys
import uuid

import numpy as np


class Colour(enum.Enum):
    RED = 1


class Dict(dict):
    pass


class Slots:
    __slots__ = ("a", "b")

    def __init__(self):
        self.a, self.b = 1, [2, 3]


class Plain:
    def __init__(self):
        self.x, self.y = {"k": [1, {"l": 2}]}, (3, 4)


class Sorted(list):
    pass


draw = random.Random(int(sys.argv[1]))
NUMBERS = np.random.RandomState(draw.getrandbits(32))


def number():
    """A number as DaCapo's users have it."""
    v = draw.choice([draw.gauss(0, 1), 1e300 * draw.random(), float("nan"), float("inf"), -float("inf"), -0.0, 0.0, 5e-324])
    return draw.choice([
        lambda: v, lambda: v, lambda: v, lambda: draw.randrange(-5, 70000), lambda: draw.randrange(1 << 62, 1 << 66),
        lambda: draw.random() < 0.5, lambda: np.float64(v), lambda: np.float32(draw.random()), lambda: np.float16(draw.random()),
        lambda: np.int64(draw.randrange(-9, 9)), lambda: np.uint8(draw.randrange(9)), lambda: np.bool_(True),
        lambda: np.array(v), lambda: np.array([v]), lambda: np.array([[draw.random()]], dtype=">f4"), lambda: np.longdouble(draw.random()),
    ])()


def extra():
    """A value in a key that DaCapo ignores."""
    return draw.choice([
        lambda: datetime.datetime(2024, 1, 1, tzinfo=datetime.timezone.utc), lambda: {"a", "b", draw.random()}, lambda: frozenset([1, 2]),
        lambda: pathlib.PurePosixPath("/x/y"), lambda: uuid.UUID(int=draw.getrandbits(128)), lambda: decimal.Decimal("1.5"),
        lambda: fractions.Fraction(1, 3), lambda: complex(1, 2), lambda: Colour.RED, lambda: Plain(), lambda: Slots() , lambda: Sorted([1, 2]),
        lambda: Dict(a=1), lambda: collections.OrderedDict(b=2), lambda: collections.Counter("abc"), lambda: collections.deque([1, 2], 5),
        lambda: np.arange(6).reshape(1, 2, 3), lambda: np.array(["a", None], dtype=object), lambda: np.datetime64("2024-01-01"),
        lambda: np.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f8")]), lambda: np.array(["text"]), lambda: np.complex64(1j),
        lambda: [{"iteration": 1}, {"k": [{}]}], lambda: {"nested": {"dict": [1, (2, 3)]}}, lambda: b"bytes" * draw.randrange(100),
        lambda: bytearray(b"x"), lambda: "text \u2028 \ud800" * draw.randrange(1, 50), lambda: print, lambda: range(3), lambda: slice(1, 2),
        lambda: None, lambda: draw.random(), lambda: [], lambda: (), lambda: 1 << 100, lambda: np.arange(5, dtype="u4"),
    ])()


def scores():
    shape = [draw.randrange(1, 4) for _ in range(3)]
    return draw.choice([
        lambda: [[[number() for _ in range(shape[2])] for _ in range(shape[1])] for _ in range(shape[0])],
        lambda: [[[draw.random() for _ in range(shape[2])] for _ in range(shape[1])] for _ in range(shape[0])],
        lambda: tuple(tuple((number(),) for _ in range(shape[1])) for _ in range(shape[0])),
        lambda: NUMBERS.rand(*shape), lambda: NUMBERS.rand(*shape, 1),
        lambda: [np.ones(shape[1:], dtype="f4")], lambda: [[]], lambda: [],
    ])()


def iteration(i):
    return draw.choice([lambda: i, lambda: i, lambda: i, lambda: np.int64(i), lambda: np.uint16(i), lambda: float(i), lambda: np.array(i), lambda: np.array([i])])()


def value(v):
    return None if v is None else float(v).hex()


def rows(training):
    common, names = [extra(), number()], [draw.choice(["run", "r\u00fcn", None, 5])]
    keys, dicts = draw.random() < 0.4, draw.choice([dict, dict, dict, collections.OrderedDict, Dict, lambda r: collections.defaultdict(float, r)])
    plain = draw.random() < 0.5
    length = draw.choices([0, 1, 2, 5, 12, 40, 300, 1001, 8000], [1, 3, 5, 5, 5, 3, 0.3, 0.1, 0.03])[0]
    made, read = [], []
    for i in range(length):
        row = {"iteration": i if plain else iteration(i)}
        if training:
            loss = draw.gauss(0, 1) if plain else draw.choice([None, common[1], number(), number(), number(), number()])
            row.update(loss=loss, time=draw.random())
            read.append([int(row["iteration"]), value(loss), value(row["time"])])
        else:
            row["scores"] = scores() if i < 20 else [[[draw.random()]]]
            read.append([int(row["iteration"]), [[[value(c) for c in p] for p in d] for d in row["scores"]]])
        if names[0] is not None:
            row["run_name"] = names[0]
        if keys:
            row[draw.choice(["extra", "other", 7, (1, 2)])] = common[0] if draw.random() < 0.5 else extra()
        made.append(dicts(row))
    if length and draw.random() < 0.1:  # the same object again
        made.append(made[0])
        read.append(read[0])
    return draw.choice([list, list, list, tuple])(made), read


def dump(made, protocol, python):
    out = io.BytesIO()
    (pickle._Pickler if python else pickle.Pickler)(out, protocol).dump(made)
    return out.getvalue()


for n in range(int(sys.argv[2])):
    training, protocol, python = draw.random() < 0.6, n % 6, n // 6 % 2 == 1
    made, read = rows(training)
    try:
        pickled = dump(made, protocol, python)
    except (TypeError, pickle.PicklingError):  # slots need protocol 2
        made = [dict((k, v) for k, v in row.items() if k in ("iteration", "loss", "time", "scores")) for row in made]
        pickled = dump(made, protocol, python)
    json.dump({"training": training, "protocol": protocol, "python": python, "pickle": base64.b64encode(pickled).decode(), "rows": read}, sys.stdout)
    print()
