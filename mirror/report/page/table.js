// The table of all runs.

const number = (v) => (typeof v === "number" ? v : undefined);
const troubled = (run) => Boolean(run.failure || run.integrity.problems);

// scoreColumn is the column of the score that is shown. Its title says which.
const scoreColumn = {
  key: "score", title: "Score", kind: "number more",
  by: (r) => { const found = scoreOf(r); return found && found.score; },
  cell: (r) => {
    const found = scoreOf(r);
    return element("span", { title: found ? `at iteration ${whole(found.iteration)}, parameters ${found.parameters}` : "" }, brief(found && found.score));
  },
};

// Columns: their cells, their sort keys (undefined always comes last), and whether the first
// click sorts downwards. Screens hide third, then second. Narrow tables have one of more, second and third.
const columns = [
  { key: "name", title: "Run", by: (r) => r.text },
  { key: "loss", title: "Loss", plain: true, cell: sparksWhenSeen },
  { key: "last", title: "Last", kind: "number more", by: (r) => number(r.last), cell: (r) => lossCell(r.last) },
  { key: "best", title: "Lowest", kind: "number third", by: (r) => number(r.best), cell: (r) => lossCell(r.best) },
  scoreColumn,
  { key: "trained", title: "Trained", kind: "number second", down: true, by: (r) => r.trained, cell: (r) => whole(r.trained) },
  { key: "validated", title: "Validated", kind: "number third", down: true, by: (r) => r.validated, cell: (r) => whole(r.validated) },
  { key: "generation", title: "Generation", kind: "number third", down: true, by: (r) => r.generation, cell: (r) => r.generation },
  { key: "changed", title: "Changed", kind: "time second", down: true, by: (r) => r.changed, cell: (r) => stamp(r.changed) },
  { key: "state", title: "Copies", kind: "state second", by: (r) => r.state, cell: (r) => element("span", { class: r.tone }, r.state) },
];

function lossCell(v) {
  return typeof v === "string" ? element("span", { class: "bad" }, brief(v)) : brief(v);
}

// prepare adds the fields of a run that the table searches and shows.
function prepare(run) {
  run.text = run.location ? `${run.location}/${run.name}` : run.name;
  const counts = {};
  for (const copy of run.copies) counts[copy.state] = (counts[copy.state] || 0) + 1;
  const states = Object.keys(counts);
  run.state = states.length === 1 ? states[0] : states.map((s) => `${counts[s]} ${s}`).join(", ");
  run.tone = states.every((s) => s === "current") ? "good" : "warn";
  if (run.gone) { run.state += ", gone"; run.tone = "warn"; }
  for (const file of run.unusable || []) {
    run.state += `, file ${file.state}`;
    run.tone = file.state === "damaged" || run.tone === "bad" ? "bad" : "warn";
  }
  if (run.failure) { run.state = "not readable"; run.tone = "bad"; }
  else if (run.integrity.damaged) { run.state = "damaged in part"; run.tone = "bad"; }
  else if (counts.damaged) run.tone = "bad";
  run.lower = run.text.toLowerCase();
  run.searched = `${run.text} ${run.state} ${typeof run.last === "string" ? run.last : ""} ${(run.integrity.sha256 || "")}`.toLowerCase();
}

// hasCurves reports whether a line has something to draw.
const hasCurves = ({ owner }) => Boolean(owner.loss || owner.scores);

// pickBox returns the box that chooses a line. There may be several for one line.
const boxes = new Map();
function pickBox(line, label) {
  const box = element("input", { type: "checkbox", class: "choose", "aria-label": label });
  if (!boxes.has(line)) boxes.set(line, []);
  boxes.get(line).push(box);
  box.addEventListener("change", () => {
    const before = box.getBoundingClientRect().top;
    choose([line], box.checked);
    scrollBy(0, box.getBoundingClientRect().top - before); // the next box to press stays near the pointer
  });
  showBox(line, box);
  return box;
}

function showBox(line, box) {
  const place = chosen.places.indexOf(line);
  box.checked = place >= 0;
  const style = place >= 0 ? "choose " + styleOf(place) : "choose";
  if (box.className !== style) box.className = style;
}

// rowOf returns the row of a run.
function rowOf(run, n) {
  const open = element("button", { type: "button", class: "open", "aria-expanded": "false", "aria-controls": `run-${n}` }, run.name);
  const name = element("th", { scope: "row", class: "name" }, open, run.location ? element("span", { class: "where" }, run.location) : null,
    run.tone === "bad" ? element("span", { class: "where bad small" }, run.state) : null); // for screens without that column
  const line = lineFor(run, 0), box = hasCurves(line) ? pickBox(line, `Compare ${run.text}`) : null;
  const tr = element("tr", { class: "run" }, element("td", { class: "pick" }, box), name);
  for (const c of columns.slice(1)) tr.append(element("td", { class: c.kind || "" }, c.cell(run)));
  const row = { run, tr, button: open, n, detail: null, box, line };
  open.addEventListener("click", () => toggle(row));
  if (box) {
    box.addEventListener("click", (event) => { if (event.shiftKey) chooseStretch(row); pressed = row; });
    box.addEventListener("keydown", (event) => {
      const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
      if (!step) return;
      event.preventDefault();
      const all = visibleRows().filter((r) => r.box), next = all[all.indexOf(row) + step];
      if (next) next.box.focus();
    });
  }
  return row;
}

// chooseStretch does to all rows since the last press what the press did to this one.
let pressed = null;
function chooseStretch(row) {
  const all = visibleRows().filter((r) => r.box), ends = [all.indexOf(pressed), all.indexOf(row)].sort((a, b) => a - b);
  if (ends[0] >= 0) choose(all.slice(ends[0], ends[1] + 1).map((r) => r.line), row.box.checked);
}

function toggle(row) {
  const opened = row.button.getAttribute("aria-expanded") !== "true";
  row.button.setAttribute("aria-expanded", String(opened));
  if (!opened) {
    row.detail.hidden = true;
    return;
  }
  if (row.detail) {
    row.detail.hidden = false;
    return;
  }
  const room = element("td", { colspan: columns.length + 1 });
  row.detail = element("tr", { class: "detail", id: `run-${row.n}` }, room);
  row.tr.after(row.detail);
  openRun(room, row.run);
}

const rows = []; // of all runs, as they are sorted
let sorted = { key: "name", down: false };
const visibleRows = () => rows.filter((r) => !r.tr.hidden);

function sort(key, down) {
  sorted = { key, down };
  const by = columns.find((c) => c.key === key).by;
  const collator = new Intl.Collator("en", { numeric: true });
  const order = (a, b) => (typeof a === "string" ? collator.compare(a, b) : a - b);
  const keys = new Map(rows.map((row) => [row, by(row.run)]));
  rows.sort((a, b) => {
    const x = keys.get(a), y = keys.get(b);
    if (x === undefined || y === undefined) return (x === undefined) - (y === undefined) || a.n - b.n;
    return (down ? order(y, x) : order(x, y)) || a.n - b.n;
  });
  $("runs").tBodies[0].append(...rows.flatMap((r) => (r.detail ? [r.tr, r.detail] : [r.tr])));
  const head = $("runs").tHead.rows[0];
  for (const th of head.cells) {
    if (th.dataset.key === key) th.setAttribute("aria-sort", down ? "descending" : "ascending");
    else th.removeAttribute("aria-sort");
  }
  $("order").value = key;
  const narrow = 1 + Math.max(columns.findIndex((c) => c.key === (key === "name" ? "last" : key)), 0); // the column that narrow tables have
  for (const { cells } of [head, ...rows.map((r) => r.tr)]) {
    for (const cell of cells) if (cell.classList.contains("narrow")) cell.classList.remove("narrow");
    cells[narrow].classList.add("narrow");
  }
}

// showScores shows the score that is chosen, and sorts by it anew if it is the key: the best first.
function showScores(best) {
  const at = columns.indexOf(scoreColumn);
  if (at < 0) return;
  const { criterion, dataset, end } = scoring(), head = $("runs").tHead.rows[0].cells[at + 1];
  scoreColumn.down = end.side === "max";
  const name = scoreColumn.title = `${end.title} ${/^[0-9]+$/.test(criterion) ? "score" : fitted(criterion, 90)}`;
  head.querySelector("button").textContent = name;
  head.title = scoringText({ criterion, dataset, end });
  head.querySelector(".side").textContent = end.best ? end.word : "";
  [...$("order").options].find((o) => o.value === scoreColumn.key).textContent = name;
  for (const { run, tr } of rows) tr.cells[at + 1].replaceChildren(scoreColumn.cell(run));
  if (best && sorted.key === scoreColumn.key) sort(scoreColumn.key, scoreColumn.down);
}

function search() {
  const found = filterOf($("search").value);
  let visible = 0;
  for (const row of rows) {
    row.tr.hidden = !found(row.run);
    if (row.detail) row.detail.hidden = row.tr.hidden || row.button.getAttribute("aria-expanded") !== "true";
    if (!row.tr.hidden) visible++;
  }
  $("count").textContent = visible === rows.length ? counted(visible, "run") : `${visible} of ${counted(rows.length, "run")}`;
  $("nothing").hidden = visible > 0;
  $("nothing").textContent = rows.length ? "No run matches." : "There are no runs here yet.";
  showChosen();
}

// visibleLines returns the lines of the visible runs.
const visibleLines = () => visibleRows().filter((r) => r.box).map((r) => r.line);

// showChosen shows in the table which lines are chosen.
function showChosen() {
  for (const [line, all] of boxes) for (const box of all) showBox(line, box);
  const known = new Set(chosen.places), visible = visibleLines(), n = visible.filter((line) => known.has(line)).length;
  $("all").checked = n > 0 && n === visible.length;
  $("all").indeterminate = n > 0 && n < visible.length;
  $("all").disabled = visible.length === 0;
  $("pick").textContent = visible.length === 1 ? "Compare it" : `Compare all ${whole(visible.length)}`;
  $("pick").disabled = n === visible.length;
  $("pick").hidden = boxes.size === 0;
}

function addHead() {
  const head = $("runs").tHead.rows[0];
  for (const c of columns) {
    const th = element("th", { scope: "col", class: c.kind || "", "data-key": c.key });
    if (c.plain) th.append(c.title);
    else {
      th.append(button(c.title, () => { sort(c.key, sorted.key === c.key ? !sorted.down : Boolean(c.down)); remember(); }));
      if (c === scoreColumn) th.append(element("span", { class: "side" }));
      $("order").append(element("option", { value: c.key }, c.title));
    }
    head.append(th);
  }
  $("order").addEventListener("change", () => {
    const c = columns.find((c) => c.key === $("order").value);
    sort(c.key, Boolean(c.down));
    remember();
  });
  $("all").addEventListener("change", () => choose(visibleLines(), $("all").checked));
}

function addFacts() {
  const of = (wanted) => rows.filter((r) => wanted(r.run)).length;
  const facts = [
    [rows.length, rows.length === 1 ? "run" : "runs"],
    [of((r) => typeof r.last === "string"), "last loss NaN or infinite"],
    [of((r) => r.copies.some((c) => c.state !== "current")), "not current everywhere"],
    [of((r) => r.gone), "gone from the stats tree"],
    [of((r) => r.unusable), "with a file that cannot be used"],
    [of(troubled), "damaged or not readable"],
  ];
  facts.forEach(([n, text], i) => {
    if (i === 0 || n) $("facts").append(element("li", {}, element("b", { class: i === facts.length - 1 ? "bad" : "" }, whole(n)), element("span", {}, text)));
  });
}
