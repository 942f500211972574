"""Markdown tables: printed as they grow, and kept in a document."""
HEAD = ("what", "ratio", "measured (quartiles)", "target", "")


class Tables:
    """The lines that each part of the measurement says, between marks in a document if there is one."""

    def __init__(self, document, parts):
        self.document, self.parts = document, {}
        if document:
            for name in parts:
                _between(open(document).read(), name, [])

    def part(self, name):
        """Begins a part."""
        self.lines, self.headed = self.parts.setdefault(name, []), False
        self.say("")

    def keep(self):
        """Writes the parts so far into the document."""
        if self.document:
            with open(self.document) as f:
                text = f.read()
            for name, lines in self.parts.items():
                text = _between(text, name, lines)
            with open(self.document, "w") as f:
                f.write(text)

    def head(self, *cells):
        self.headed = True
        self.cells(*cells)
        self.say("|" + "---|" * len(cells))

    def cells(self, *cells):
        self.say("| " + " | ".join(cells) + " |")

    def say(self, *lines):
        self.lines.extend(lines)
        print(*lines, sep="\n", flush=True)

    def row(self, what, of, measured, target=""):
        if not self.headed:
            self.head(*HEAD)
        self.cells(what, of, measured, target, verdict(measured, target))

    def missing(self, what, tool):
        self.row(what, "", f"not installed: {tool}")


def verdict(measured, target):
    if not target:
        return ""
    sign, limit = target.split()[:2]
    value, limit = float(measured.split()[0]), float(limit)
    return "met" if (value >= limit if sign == "≥" else value <= limit) else "**missed**"


def _between(text, name, lines):
    """Puts lines between the marks of a part."""
    begin, end = f"<!-- measured: {name} -->\n", f"<!-- end of {name} -->\n"
    if text.count(begin) != 1 or text.count(end) != 1:
        raise SystemExit(f"the document needs these two lines, between which the part {name} is written:\n{begin}{end}")
    before, rest = text.split(begin)
    return before + begin + "".join(line + "\n" for line in lines) + "\n" + end + rest.split(end)[1]
