// The details of a run.

const stamp = (ms) => {
  if (!ms) return "–";
  const d = new Date(ms), two = (n) => String(n).padStart(2, "0");
  return `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())} ${two(d.getHours())}:${two(d.getMinutes())}`;
};

const toneOf = { current: "good", behind: "warn", missing: "warn", damaged: "bad", unreachable: "warn" };

// openRun fills the box of a run. The box is already on the page, so that it has a width.
function openRun(room, run) {
  const parts = element("div", { class: "parts" });
  room.replaceChildren(parts);
  if (run.failure) {
    parts.append(element("section", { class: "wide" }, element("p", { class: "bad" }, `This run could not be read: ${run.failure}.`)));
  } else {
    addLoss(parts, run.loss);
    addScores(parts, run.scores);
  }
  if (run.history) parts.append(historyOf(run.history));
  parts.append(integrityOf(run));
}

// figureIn adds a figure and redraws it when its width changes.
function figureIn(section, chartOf) {
  const figure = element("figure");
  section.append(figure);
  let width = -1;
  const again = () => draw(figure, chartOf());
  new ResizeObserver(() => {
    if (figure.clientWidth === width) return;
    width = figure.clientWidth;
    again();
  }).observe(figure);
  return again;
}

function choice(label, options, changed) {
  const select = element("select");
  for (const [value, text] of options) select.append(element("option", { value }, text));
  select.addEventListener("change", changed);
  return [element("label", {}, label + " ", select), select];
}

function addLoss(parts, loss) {
  const section = element("section", {}, element("h2", {}, "Loss"));
  parts.append(section);
  if (!loss) {
    section.append(element("p", { class: "note" }, "No training stats."));
    return;
  }
  const log = element("input", { type: "checkbox" });
  log.checked = loss.y.every((v) => v === null || v > 0);
  const smoothed = loss.window > 1 ? `mean of ${whole(loss.window)} rows ± 3 SD` : "every row";
  section.append(element("div", { class: "switches" }, element("label", {}, log, " logarithmic"), element("span", {}, smoothed)));
  const again = figureIn(section, () => ({ label: "Loss over iterations, " + smoothed, log: log.checked, series: [loss] }));
  log.addEventListener("change", again);
}

function addScores(parts, scores) {
  const section = element("section", {}, element("h2", {}, "Validation"));
  parts.append(section);
  if (!scores) {
    section.append(element("p", { class: "note" }, "No validation scores."));
    return;
  }
  const criteria = [...new Set(scores.series.map((s) => s.criterion))].sort((a, b) => a - b);
  const redraw = () => { again(); tell(); };
  const [criterionLabel, criterion] = choice("criterion", criteria.map((c) => [c, c]), redraw);
  const [bestLabel, best] = choice("best is the", [["max", "highest"], ["min", "lowest"]], redraw);
  section.append(element("div", { class: "switches" }, criterionLabel, bestLabel));
  const chosen = () => scores.series.filter((s) => s.criterion === Number(criterion.value));
  const again = figureIn(section, () => ({
    label: `Validation scores over iterations, criterion ${criterion.value}`, log: false, dots: true,
    series: chosen().map((s) => ({ name: `dataset ${s.dataset}`, x: scores.x, y: best.value === "max" ? s.high : s.low })),
  }));
  const table = element("div", { class: "scroll" });
  const tell = () => table.replaceChildren(tableOf("Best scores", ["Dataset", "Best score", "At iteration", "Parameters", "NaN or infinite"], chosen().map((s) => {
    const found = best.value === "max" ? s.highest : s.lowest;
    return [s.dataset, brief(found.score), whole(found.iteration), found.parameters, s.odd || 0];
  }), [0, 1, 2, 3, 4]));
  tell();
  section.append(table);
  const notes = ["The best over all post-processing parameters."];
  if (scores.together > 1) notes.push(`A point is the best of ${scores.together} validations.`);
  if (scores.left_out) notes.push(`${scores.left_out} more pairs of dataset and criterion are not on this page.`);
  section.append(element("p", { class: "note" }, notes.join(" ")));
}

// tableOf returns a table; numbers lists the columns with numbers.
function tableOf(caption, heads, rows, numbers, classes = {}) {
  const of = (i) => ({ class: numbers.includes(i) ? "number" : classes[i] || "" });
  return element("table", {},
    element("caption", { class: "hidden" }, caption),
    element("thead", {}, element("tr", {}, ...heads.map((h, i) => element("th", { scope: "col", ...of(i) }, h)))),
    element("tbody", {}, ...rows.map((row) => element("tr", {}, ...row.map((cell, i) => element("td", of(i), cell))))));
}

function historyOf(history) {
  const rows = [...history].reverse().map((g) => [
    g.generation, whole(g.trained), whole(g.validated), stamp(g.changed), g.story, element("code", { title: g.sha256 }, g.sha256.slice(0, 12)),
  ]);
  return element("section", { class: "wide" }, element("h2", {}, "History"), element("div", { class: "scroll" },
    tableOf("Generations, the newest first", ["Generation", "Trained", "Validated", "Changed", "What became of it", "Content"], rows, [1, 2], { 3: "time", 4: "story" })));
}

function integrityOf(run) {
  const known = run.integrity, list = element("dl");
  const add = (name, ...text) => list.append(element("dt", {}, name), element("dd", {}, ...text));
  add("Verified", known.from ? element("span", { class: "good" }, `yes, when it was read from ${known.from}`) : element("span", { class: "bad" }, "no"));
  for (const problem of known.problems || []) add("Problem", element("span", { class: "bad" }, problem));
  if (known.sha256) add("Content SHA-256", element("code", {}, known.sha256));
  add("Rows", `${whole(run.rows)} of training, ${whole(run.scored)} of validation`);
  if (run.gone) add("Gone", `its files have been away since ${run.gone}`);
  for (const file of run.unusable || []) add("Stats file", element("span", { class: file.state === "damaged" ? "bad" : "warn" }, file.text));
  for (const copy of run.copies) add("Copy", element("span", { class: toneOf[copy.state] || "" }, copy.state), ` in ${copy.place}`);
  const section = element("section", { class: "wide" }, element("h2", {}, "Integrity"), list);
  if (known.sources) {
    section.append(element("div", { class: "scroll" }, tableOf("Files that it was merged from", ["File", "Bytes", "Written", "SHA-256"],
      known.sources.map((s) => [element("code", {}, s.path), whole(s.bytes), stamp(s.modified), element("code", {}, s.sha256)]), [1], { 2: "time" })));
  }
  return section;
}
