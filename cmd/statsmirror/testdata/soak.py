#!/usr/bin/env python3
"""Acts as DaCapo and its people while the mirror is killed again and again.

soak.py STATS SEED   says, a JSON object a line, what each step leaves in a
                     file, and what a mirror may hold of it from then on;
                     waits for a line where it says "acted", "restore" or
                     "settled", and ends when that line is "end"

The mirror may have missed any state that a file had, and what it holds depends
on which: see Possible.
"""
import os
import random
import shutil
import sys
import time

sys.dont_write_bytecode = True
from dacapo import RUNS, TRAINING, VALIDATION, DaCapo, digest, merge, name, pack, say, until  # noqa: E402

KINDS = (TRAINING, VALIDATION)


class Possible:
    """What a mirror may hold of one kind of a run's statistics: what the merge
    rule makes of any of the states that the file has had, in their order."""

    def __init__(self):
        self.states = {digest({})["sha256"]: {}}
        self.whole = None  # what the file holds, packed; None if it is torn or missing

    def holds(self, rows):
        """The file holds this now. Returns the digests of what is possible only now."""
        self.whole = rows
        merged = self.merged()
        new = merged.keys() - self.states.keys()
        self.states.update(merged)
        return sorted(new)

    def merged(self):
        """What is possible when the mirror has seen what the file holds."""
        if self.whole is None:
            return self.states
        own = digest(self.whole)["sha256"]
        found = {}
        for key, state in self.states.items():
            rows = merge(state, self.whole)[0]
            if rows is not state:
                key = own if len(rows) == len(self.whole) else digest(rows)["sha256"]
            found[key] = rows
        return found

    def settled(self):
        self.states = self.merged()


class Soak(DaCapo):
    def __init__(self, stats, rng):
        super().__init__(stats, rng)
        self.possible = {(run, kind): Possible() for run in RUNS for kind in KINDS}

    def write(self, run, kind, rows, unlink, die=False):
        possible = self.possible[run, kind]
        if not die:
            self.tell(run, kind, rows, self.what(possible.whole, rows))
            self.put(run, kind, rows, unlink)
            return
        possible.whole = None
        say("did", what="torn")
        self.put(run, kind, rows, unlink, part=self.rng.choice([0, self.rng.random()]))

    def tell(self, run, kind, rows, what):
        say("did", what=what, run=name(run), kind=kind, possible=self.possible[run, kind].holds(pack(rows)))

    def what(self, there, rows):
        if not there:
            return "store"
        return "extend" if until(rows) > max(there) + 1 else "overwrite"

    # What happens to a run.

    def killed(self, run):
        """Dies while it goes further, or back. What is left stays for a while, for
        nothing can be stored until somebody has repaired it."""
        kind = self.rng.choice(KINDS)
        n = self.rng.choice([0, until(self.load(run, kind))])
        self.store(run, kind, self.rows(run, kind, n, n + self.rng.randrange(1, 500)), die=True)

    def repair(self, run):
        """Restores what the backup has, or else removes what cannot be read."""
        if self.rng.random() < 0.5 and ask("restore", run=name(run)) == "restored":
            for kind in KINDS:
                self.look(run, kind)
            return
        for kind in KINDS:
            if not self.look(run, kind):
                os.unlink(self.path(run, kind))
                say("did", what="unlink")

    def look(self, run, kind):
        """Finds out what a file holds. Says whether it is no torn one."""
        try:
            rows = self.load(run, kind)
        except Exception:  # whatever pickle makes of it
            return False
        if rows and pack(rows) != self.possible[run, kind].whole:
            self.tell(run, kind, rows, "restore")
        return True

    def restart(self, run):
        """Begins anew and gets further than before, step by step."""
        self.behind(run, TRAINING)
        self.train(run, "small")

    def gone(self, run):
        """Somebody removes one run."""
        for kind in KINDS:
            if os.path.exists(self.path(run, kind)):
                os.unlink(self.path(run, kind))
            self.possible[run, kind].whole = None
        say("did", what="remove run")

    def removed(self, run):
        """Somebody removes the whole tree."""
        shutil.rmtree(self.stats, ignore_errors=True)
        for possible in self.possible.values():
            possible.whole = None
        say("did", what="remove tree")

    def step(self, run):
        """Does something to a run. Where DaCapo cannot, because a file is torn,
        somebody may come and repair it."""
        does = self.rng.choice([
            lambda: self.train(run, "small"), lambda: self.train(run, "small"), lambda: self.train(run, "medium"),
            lambda: self.behind(run), lambda: self.equal(run), lambda: self.restart(run), lambda: self.resume(run),
            lambda: self.killed(run), lambda: self.killed(run), lambda: self.gone(run),
            lambda: self.removed(run) if self.rng.random() < 0.2 else self.train(run, "small"),
        ])
        if any(not self.look(run, kind) for kind in KINDS):
            if self.rng.random() < 0.3:
                self.repair(run)
            return
        does()

    def settle(self):
        """Leaves the files alone until the mirror has them, whichever are whole."""
        ask("settled", expect={name(run): {kind: sorted(self.possible[run, kind].merged()) for kind in KINDS} for run in RUNS})
        for possible in self.possible.values():
            possible.settled()


def ask(op, **fields):
    say(op, **fields)
    answer = sys.stdin.readline().strip()
    if not answer:
        sys.exit("nobody is listening")
    return answer


def soak(stats, seed):
    rng = random.Random(seed)
    d = Soak(stats, rng)
    steps = 0
    while ask("acted") != "end":
        d.step(rng.choice(RUNS))
        time.sleep(rng.choice([0, 0, 0.02, 0.05, 0.1]))
        steps += 1
        if steps % 20 == 0:
            d.settle()
    d.settle()


soak(sys.argv[1], sys.argv[2])
