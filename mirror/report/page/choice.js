// The chosen lines. A line is a generation of a run; generation 0 is the current one. The place of a
// line decides its colour.

const chosen = { places: [], changed: () => {} };

// chosenLines returns the lines with their places.
function chosenLines() {
  return chosen.places.map((line, place) => ({ line, place })).filter(({ line }) => line);
}

// lineFor returns the line of a run's generation; undefined if the page does not have it.
function lineFor(run, generation) {
  run.lines ||= new Map();
  if (!run.lines.has(generation)) {
    const owner = generation ? (run.history || []).find((g) => g.generation === generation && (g.loss || g.scores)) : run;
    const name = generation ? `${run.text}, generation ${generation}` : run.text;
    run.lines.set(generation, owner && { key: `${run.n}/${generation}`, run, generation, owner, name });
  }
  return run.lines.get(generation);
}

// generationsOf returns the lines of all generations of a run with curves, the oldest first.
function generationsOf(run) {
  const all = (run.history || []).map((g) => lineFor(run, g.generation === run.generation ? 0 : g.generation));
  return all.filter((line) => line && hasCurves(line));
}

const isChosen = (line) => chosen.places.includes(line);

// choose adds or removes lines.
function choose(lines, wanted) {
  const known = new Set(chosen.places);
  for (const line of lines) {
    if (wanted && !known.has(line)) {
      const free = chosen.places.length < styles ? chosen.places.indexOf(null) : -1;
      if (free >= 0) chosen.places[free] = line; else chosen.places.push(line);
    }
  }
  if (!wanted) {
    const gone = new Set(lines);
    chosen.places = chosen.places.map((line) => (gone.has(line) ? null : line));
    closeGaps();
  }
  chosen.changed();
}

// closeGaps gives free colours to grey lines, and keeps the colours of all others.
function closeGaps() {
  const grey = chosen.places.slice(styles).filter((line) => line);
  const coloured = chosen.places.slice(0, styles).map((line) => line || grey.shift() || null);
  chosen.places = [...coloured, ...grey];
  while (chosen.places.length && !chosen.places[chosen.places.length - 1]) chosen.places.pop();
}
