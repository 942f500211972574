// What is shown, as the fragment of the page's address. A link with it shows the same.

// encode returns the fragment of a state. It leaves out what is as on a new page.
//   lines      the lines in the order of their styles: {run, generation}, 0 for the current one; null for a style that is free
//   all        instead of lines: all runs that match the search
//   search, sort ("-" before it: downwards), scale (log, linear), x (time), smooth (rows), zoom ([from, to]),
//   criterion (its label), dataset, best (min, max), lit (the highlighted line)
function encode(state) {
  const all = new URLSearchParams();
  for (const name of ["search", "sort", "scale", "x", "smooth", "criterion", "dataset", "best"]) {
    if (state[name] !== undefined && state[name] !== "") all.append(name, state[name]);
  }
  if (state.zoom) all.append("zoom", state.zoom.map((v) => Number(v.toPrecision(8))).join(".."));
  if (state.all) all.append("all", "1");
  for (const line of state.all ? [] : state.lines || []) all.append(...named(line, "run", "generation"));
  if (state.lit) all.append(...named(state.lit, "lit", "lit-generation"));
  return all.toString();
}

function named(line, current, ended) {
  if (!line) return [current, ""];
  return line.generation ? [ended, `${line.generation} ${line.run}`] : [current, line.run];
}

// decode returns the state of a fragment. Values that make no sense are left out.
function decode(fragment) {
  const all = new URLSearchParams(fragment), state = { lines: [] };
  const lineOf = (name, value) => {
    if (!name.endsWith("generation")) return value === "" ? null : { run: value, generation: 0 };
    const found = /^([0-9]+) ([^]*)$/.exec(value);
    return found ? { run: found[2], generation: Number(found[1]) } : null;
  };
  const allowed = { scale: /^(log|linear)$/, x: /^time$/, best: /^(min|max)$/, smooth: /^[0-9]{1,9}$/, dataset: /^[0-9]{1,9}$/ };
  for (const [name, value] of all) {
    if (name === "run" || name === "generation") state.lines.push(lineOf(name, value));
    else if (name === "lit" || name === "lit-generation") state.lit = lineOf(name, value);
    else if (name === "search" || name === "sort" || name === "criterion") state[name] = value;
    else if (name === "all") state.all = true;
    else if (name === "zoom") {
      const zoom = value.split("..").map(Number);
      if (zoom.length === 2 && zoom.every(Number.isFinite) && zoom[0] < zoom[1]) state.zoom = zoom;
    } else if (allowed[name] && allowed[name].test(value)) state[name] = /^[0-9]+$/.test(value) ? Number(value) : value;
  }
  return state;
}
