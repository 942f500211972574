"""Timing in pairs: the candidates take turns, in alternating order."""
import statistics
import subprocess


class Asked:
    """A process that answers a line of fields with a line of numbers."""

    def __init__(self, *command):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, *fields):
        print(*fields, sep="\t", file=self.process.stdin, flush=True)
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"{self.process.args[0]} ended at {fields}")
        return [float(number) for number in line.split()]

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class Pair(dict):
    """Seconds by name, for each round after a warm-up round."""

    def __init__(self, rounds, warm_up=True):
        self.rounds, self.warm_up = rounds, warm_up

    def run(self, sides):
        order = list(sides.items())
        for _, side in order if self.warm_up else ():
            side()
        for i in range(self.rounds):
            for name, side in order[::-1] if i % 2 else order:
                self.setdefault(name, []).append(side())
        return self


def ratio(a, b):
    """The ratio of medians, and the quartiles of the ratios of the pairs."""
    return spread([x / y for x, y in zip(a, b)], statistics.median(a) / statistics.median(b))


def spread(each, middle=None):
    """The median, and the quartiles."""
    low, median, high = statistics.quantiles(each, n=4) if len(each) > 1 else each * 3
    return f"{figures(median if middle is None else middle)} ({figures(low)} to {figures(high)})"


def figures(x):
    return f"{x:.0f}" if x >= 20 else f"{x:.1f}" if x >= 3 else f"{x:.2f}"
