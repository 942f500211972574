#!/usr/bin/env python3
"""Acts as DaCapo's FileStatsStore while a mirror is watching.

dacapo.py act STATS SEED   stores runs in a random order; says on standard
                           output, a JSON object a line, what the mirror must
                           hold by now, and goes on when a line comes in
dacapo.py read STATS       says what the files of a stats tree hold

File operations are DaCapo's, in their order: training stats that go further
are written over the file in place, others after it was unlinked; validation
scores the other way round. Standard library only.
"""
import hashlib
import json
import math
import os
import pickle
import random
import shutil
import struct
import sys
import time

TRAINING, VALIDATION = "training_stats", "validation_scores"
RUNS = [os.fsdecode(name) for name in (
    b"cells", b"a b", "Zellen-\u00e4\u65e5".encode(), b"caf\xe9-\xff", b".hidden\nline", b"-" + b"n" * 254)]
SIZE = {"small": 40, "medium": 3_000, "large": 100_000}


def until(rows):
    return max((row["iteration"] for row in rows), default=-1) + 1


def packed(row):
    """A row in the form in which the Go test digests it."""
    values = [row[key] for key in ("loss", "time", "scores") if key in row]
    return struct.pack("<q", row["iteration"]) + b"".join(map(packed_value, values))


def packed_value(value):
    if isinstance(value, list):
        return b"[" + b"".join(map(packed_value, value)) + b"]"
    return struct.pack("<d", value)


def pack(rows):
    """Rows by iteration, packed, so that they compare bit for bit."""
    return {row["iteration"]: packed(row) for row in rows}


def digest(rows):
    """Packed rows as the Go test digests them."""
    return {"rows": len(rows), "sha256": hashlib.sha256(b"".join(rows.values())).hexdigest()}


def merge(existing, incoming):
    """What the merge rule makes of packed rows, and whether a generation ends."""
    n, m = (max(rows, default=-1) + 1 for rows in (existing, incoming))
    agrees = all(existing.get(i) == row for i, row in incoming.items() if i < n)
    if m == 0 or m == n and agrees:
        return existing, False
    if m < n or not agrees:
        return incoming, True
    return {**existing, **incoming}, False


class Mirror:
    """What the mirror must hold: the merge rule over what was left settled."""

    def __init__(self):
        self.current = {}  # run -> {"generation", TRAINING, VALIDATION}
        self.ended = {}  # run -> list of these

    def of(self, run):
        return self.current.setdefault(run, {"generation": 1, TRAINING: {}, VALIDATION: {}})

    def ends(self, run, kind, rows):
        """Whether the rows end a generation."""
        return merge(self.of(run)[kind], pack(rows))[1] and not self.carried(run, kind)

    def carried(self, run, kind):
        """Whether the rows there are those of the generation before."""
        ended = self.ended.get(run)
        return bool(ended) and ended[-1][kind] == self.of(run)[kind]

    def store(self, run, kind, rows):
        c = self.of(run)
        ends = self.ends(run, kind, rows)
        merged, _ = merge(c[kind], pack(rows))
        if ends:
            self.ended.setdefault(run, []).append(dict(c))
            c["generation"] += 1
        c[kind] = merged

    def expect(self, run):
        return summary(self.current[run])


def summary(c):
    return {"generation": c["generation"], TRAINING: digest(c[TRAINING]), VALIDATION: digest(c[VALIDATION])}


class DaCapo:
    def __init__(self, stats, rng):
        self.stats, self.rng = stats, rng
        self.mirror = Mirror()
        self.watched = True
        self.changed = set()

    def path(self, run, kind):
        os.makedirs(os.path.join(self.stats, kind), exist_ok=True)
        return os.path.join(self.stats, kind, run)

    def load(self, run, kind):
        try:
            with open(self.path(run, kind), "rb") as f:
                return pickle.load(f)
        except FileNotFoundError:
            return []

    def write(self, run, kind, rows, unlink, die=False):
        # The mirror need not see a state that did not last. So that it is
        # known which generations there must be, what one ends is left to
        # settle, and what it begins with too.
        ends = not die and self.mirror.ends(run, kind, rows)
        if ends:
            self.settle()
        if self.put(run, kind, rows, unlink, part=0.5 if die else 1):
            self.mirror.store(run, kind, rows)
            self.changed.add(run)
        if ends:
            self.settle()

    def put(self, run, kind, rows, unlink, part=1):
        """Does what DaCapo does to the file; says whether the rows are in it."""
        path = self.path(run, kind)
        if unlink and os.path.exists(path):
            os.unlink(path)
            time.sleep(self.rng.choice([0, 0.05, 0.3]))
        if part < 1:
            die_writing(path, rows, part)
            return False
        with open(path, "wb") as f:
            pickle.dump(rows, f)
        return True

    def store(self, run, kind, rows, die=False):
        existing = self.load(run, kind)
        further = until(rows) > until(existing)
        if further and existing:
            n = until(existing)
            rows = existing + [row for row in rows if row["iteration"] >= n]
        self.write(run, kind, rows, unlink=further == (kind == VALIDATION), die=die)

    def value(self):
        return self.rng.choice([math.nan, math.inf, -math.inf, -0.0]) if self.rng.random() < 0.01 else self.rng.random()

    def row(self, run, kind, iteration):
        if kind == TRAINING:
            return {"iteration": iteration, "loss": self.value(), "time": self.value(), "run_name": run}
        scores = [[[self.value() for _ in range(3)] for _ in range(4)] for _ in range(2)]
        return {"iteration": iteration, "scores": scores, "run_name": run}

    def rows(self, run, kind, start, stop):
        step = 1 if kind == TRAINING else 10
        return [self.row(run, kind, i) for i in range(start, stop, step)]

    # What happens to a run.

    def train(self, run, size="medium"):
        """The usual loop: further, with validation scores stored twice."""
        for _ in range(self.rng.randrange(1, 4)):
            start = until(self.load(run, TRAINING))
            stop = start + self.rng.randrange(1, SIZE[size])
            self.store(run, TRAINING, self.rows(run, TRAINING, start, stop))
            scores = self.load(run, VALIDATION)
            scores.append(self.row(run, VALIDATION, max(stop, until(scores))))
            self.store(run, VALIDATION, scores)
            self.store(run, VALIDATION, scores)

    def grow(self, run):
        """To 100,000 rows and more."""
        for stop in range(until(self.load(run, TRAINING)) + 10_000, SIZE["large"] + 10_001, 30_000):
            self.store(run, TRAINING, self.rows(run, TRAINING, until(self.load(run, TRAINING)), stop))

    def behind(self, run, kind=None):
        """Begins anew and gets less far than what is stored."""
        kind = kind or self.rng.choice([TRAINING, VALIDATION])
        n = until(self.load(run, kind))
        self.store(run, kind, self.rows(run, kind, 0, self.rng.randrange(1, max(n, 2))))

    def equal(self, run):
        """Begins anew and gets just as far."""
        kind = self.rng.choice([TRAINING, VALIDATION])
        self.store(run, kind, [self.row(run, kind, row["iteration"]) for row in self.load(run, kind)])

    def resume(self, run):
        """Goes on from a checkpoint, for which the last score is dropped."""
        scores = self.load(run, VALIDATION)
        more = [self.row(run, VALIDATION, until(scores) + i) for i in (0, 10)]
        self.write(run, VALIDATION, scores[:-1] + more, unlink=True)

    def killed(self, run):
        """Dies while it goes further, and is repaired and resumed."""
        kind = self.rng.choice([TRAINING, VALIDATION])
        self.settle()
        n = until(self.load(run, kind))
        self.store(run, kind, self.rows(run, kind, n, n + 500), die=True)
        ask("torn", run=name(run))
        self.train(run)

    def removed(self, run):
        """Somebody removes the whole tree and trains again."""
        shutil.rmtree(self.stats)
        time.sleep(self.rng.choice([0, 0.3]))
        self.store(run, TRAINING, self.rows(run, TRAINING, 0, 50))
        self.store(run, VALIDATION, self.rows(run, VALIDATION, 0, 50))

    def unwatched(self, run):
        """Is overwritten, and goes further than before, while nobody watches."""
        self.settle()
        ask("stop")
        self.watched = False
        n = until(self.load(run, TRAINING))
        self.behind(run, TRAINING)
        self.store(run, TRAINING, self.rows(run, TRAINING, until(self.load(run, TRAINING)), n + 100))
        ask("start")
        self.watched = True

    def settle(self):
        """Leaves the files alone until the mirror has them."""
        if not self.watched:
            return
        if self.changed:
            ask("settled", expect={name(run): self.mirror.expect(run) for run in sorted(self.changed)})
        self.changed.clear()


def die_writing(path, rows, part):
    """Leaves a torn file, as a process that is killed in a store does."""
    child = os.fork()
    if child == 0:
        with open(path, "wb", buffering=0) as f:
            content = pickle.dumps(rows)
            f.write(content[:int(len(content) * part)])
            os._exit(1)
    os.waitpid(child, 0)


def name(run):
    return os.fsencode(run).hex()


def say(op, **fields):
    print(json.dumps({"op": op, **fields}), flush=True)


def ask(op, **fields):
    say(op, **fields)
    if not sys.stdin.readline():
        sys.exit("nobody is listening")


def act(stats, seed):
    rng = random.Random(seed)
    d = DaCapo(stats, rng)
    for run in RUNS:
        d.train(run, "small")
    d.settle()
    steps = [d.grow, d.train, d.behind, d.behind, d.equal, d.equal, d.resume, d.killed, d.removed, d.unwatched]
    steps += rng.choices([d.train, d.behind, d.equal, d.resume, d.killed], k=10)
    rng.shuffle(steps)
    for step in steps:
        run = rng.choice(RUNS)
        step(run)
        d.settle()
    say("done", ended={name(run): [summary(c) for c in d.mirror.ended.get(run, [])] for run in RUNS},
        expect={name(run): d.mirror.expect(run) for run in RUNS})


def read(stats):
    d = DaCapo(stats, None)
    found = {}
    for run in RUNS:
        found[name(run)] = {kind: digest(pack(d.load(run, kind))) for kind in (TRAINING, VALIDATION)}
    say("read", expect=found)


if __name__ == "__main__":
    if sys.argv[1] == "act":
        act(sys.argv[2], sys.argv[3])
    else:
        read(sys.argv[2])
