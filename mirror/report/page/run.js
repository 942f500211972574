// The details of a run.

const toneOf = { current: "good", behind: "warn", missing: "warn", damaged: "bad", unreachable: "warn" };

// openRun fills the box of a run. The box is already on the page, so that it has a width.
function openRun(room, run) {
  const parts = element("div", { class: "parts" });
  room.replaceChildren(parts);
  if (run.failure) {
    parts.append(element("section", { class: "wide" }, element("p", { class: "bad" }, `This run could not be read: ${run.failure}.`)));
  } else {
    addLoss(parts, run);
    addScores(parts, run);
  }
  if (run.history) parts.append(historyOf(run));
  parts.append(integrityOf(run));
}

// figureIn adds a figure and redraws it when its width changes, or when it is zoomed. chartOf gets
// the range to show, or null for all.
function figureIn(section, chartOf) {
  const figure = element("figure");
  section.append(figure);
  let width = -1;
  const again = () => {
    const chart = chartOf(figure.zoomed || null), all = spanOf(chart.series), view = draw(figure, chart);
    follow(view, (values, y, x) => { view.readout.textContent = values ? told(view, values, x, null) : ""; }, (range) => {
      const zoomed = range && [Math.max(range[0], all[0]), Math.min(range[1], all[1])];
      figure.zoomed = zoomed && zoomed[0] < zoomed[1] && (zoomed[0] > all[0] || zoomed[1] < all[1]) ? zoomed : null;
      keepFocus(view.picture, () => { again(); return figure.firstChild; });
    });
  };
  new ResizeObserver(() => {
    if (figure.clientWidth === width) return;
    width = figure.clientWidth;
    again();
  }).observe(figure);
  return again;
}

function addLoss(parts, run) {
  const section = element("section", {}, element("h2", {}, "Loss"));
  parts.append(section);
  const loss = lossOf(run);
  if (!loss) {
    section.append(element("p", { class: "note" }, "No training stats."));
    return;
  }
  const log = element("input", { type: "checkbox" });
  log.checked = loss.y.every((v) => Number.isNaN(v) || v > 0);
  const mean = element("span");
  section.append(element("div", { class: "switches" }, element("label", {}, log, " logarithmic"), mean));
  const again = figureIn(section, (x) => {
    const rows = usualRows([loss], x);
    mean.textContent = meanText(rows, [loss]);
    return { label: `Loss over iterations, ${mean.textContent}`, log: log.checked, x, series: [lossSeries({ line: lineFor(run, 0), place: 0 }, rows, false, true)] };
  });
  log.addEventListener("change", again);
}

function addScores(parts, run) {
  const section = element("section", {}, element("h2", {}, "Validation"));
  parts.append(section);
  const scores = run.scores;
  if (!scores) {
    section.append(element("p", { class: "note" }, "No validation scores."));
    return;
  }
  const criteria = [...new Set(scores.series.map((s) => s.label))];
  const redraw = () => { again(); tell(); };
  const [criterionLabel, criterion] = choice("criterion", criteria.map((c) => [c, c]), () => { direct(); redraw(); });
  const [bestLabel, best] = choice("best", [], redraw), end = () => endOf(criterion.value, best.value);
  const page = scoring();
  const direct = () => {
    offer(best, bestOptions(criterion.value));
    best.value = (criterion.value === page.criterion ? page.end : endOf(criterion.value)).best;
  };
  if (criteria.includes(page.criterion)) criterion.value = page.criterion;
  direct();
  section.append(element("div", { class: "switches" }, criterionLabel, bestLabel));
  const wanted = () => scores.series.filter((s) => s.label === criterion.value);
  const again = figureIn(section, (x) => ({
    label: `Validation scores over iterations, criterion ${criterion.value}`, log: false, x, key: true,
    series: wanted().map((s, n) => ({ name: `dataset ${s.dataset}`, style: n, dots: true, ...bestOf(run, s.dataset, s.label, end().side) })),
  }));
  const table = element("div", { class: "scroll" });
  const tell = () => table.replaceChildren(tableOf("Scores", ["Dataset", end().title + " score", "At iteration", "Parameters", "NaN or infinite"], wanted().map((s) => {
    const found = end().side === "max" ? s.highest : s.lowest;
    return [s.dataset, brief(found.score), whole(found.iteration), found.parameters, s.odd || 0];
  }), [0, 1, 2, 3, 4]));
  tell();
  section.append(table);
  const notes = ["Each score is taken over all post-processing parameters."];
  if (scores.together > 1) notes.push(`A point stands for ${scores.together} validations.`);
  if (scores.left_out) notes.push(`${scores.left_out} more pairs of dataset and criterion are not on this page.`);
  section.append(element("p", { class: "note" }, notes.join(" ")));
}

// historyOf lists the generations, with a box to compare each whose curves the page has.
function historyOf(run) {
  const rows = [...run.history].reverse().map((g) => {
    const line = lineFor(run, g.generation === run.generation ? 0 : g.generation);
    return [line && hasCurves(line) ? pickBox(line, `Compare generation ${g.generation}`) : "",
      g.generation, whole(g.trained), whole(g.validated), stamp(g.changed), g.story, element("code", { title: g.sha256 }, g.sha256.slice(0, 12))];
  });
  const all = generationsOf(run).length > 1 ? button("Compare all", () => choose(generationsOf(run), true), { "aria-label": "Compare all generations" }) : null;
  return element("section", { class: "wide" }, element("h2", {}, "History ", all), element("div", { class: "scroll" },
    tableOf("Generations, the newest first", ["Compare", "Generation", "Trained", "Validated", "Changed", "What became of it", "Content"], rows, [2, 3], { 0: "pick", 4: "time", 5: "story" })));
}

function integrityOf(run) {
  const known = run.integrity, list = element("dl");
  const add = (name, ...text) => list.append(element("dt", {}, name), element("dd", {}, ...text));
  add("Verified", known.from ? element("span", { class: "good" }, `yes, when it was read from ${known.from}`) : element("span", { class: "bad" }, "no"));
  for (const problem of known.problems || []) add("Problem", element("span", { class: "bad" }, problem));
  if (known.sha256) add("Content SHA-256", element("code", {}, known.sha256));
  add("Rows", `${whole(run.rows)} of training, ${whole(run.scored)} of validation`);
  if (run.gone) add("Gone", `its files have been away since ${zoned(run.gone)}`);
  for (const file of run.unusable || []) add("Stats file", element("span", { class: file.state === "damaged" ? "bad" : "warn" }, file.text));
  for (const copy of run.copies) add("Copy", element("span", { class: toneOf[copy.state] || "" }, copy.state), ` in ${copy.place}`);
  const section = element("section", { class: "wide" }, element("h2", {}, "Integrity"), list);
  if (known.sources) {
    section.append(element("div", { class: "scroll" }, tableOf("Files that it was merged from", ["File", "Bytes", "Written", "SHA-256"],
      known.sources.map((s) => [element("code", {}, s.path), whole(s.bytes), stamp(s.modified), element("code", {}, s.sha256)]), [1], { 2: "time" })));
  }
  return section;
}
