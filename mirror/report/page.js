// The table of all runs.

const data = JSON.parse(document.getElementById("data").textContent);
const $ = (id) => document.getElementById(id);

const number = (v) => (typeof v === "number" ? v : undefined);
const troubled = (run) => Boolean(run.failure || run.integrity.problems);

// Columns: their cells, their sort keys (undefined always comes last), and whether the first
// click sorts downwards. Small screens hide second and third.
const columns = [
  { key: "name", title: "Run", by: (r) => r.text },
  { key: "loss", title: "Loss", plain: true, cell: (r) => spark(r.loss) },
  { key: "last", title: "Last", kind: "number", by: (r) => number(r.last), cell: (r) => lossCell(r.last) },
  { key: "best", title: "Lowest", kind: "number second", by: (r) => number(r.best), cell: (r) => lossCell(r.best) },
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
  run.searched = `${run.text} ${run.state} ${typeof run.last === "string" ? run.last : ""} ${(run.integrity.sha256 || "")}`.toLowerCase();
}

// rowOf returns the row of a run.
function rowOf(run, n) {
  const button = element("button", { type: "button", class: "open", "aria-expanded": "false", "aria-controls": `run-${n}` }, run.name);
  const name = element("th", { scope: "row", class: "name" }, button, run.location ? element("span", { class: "where" }, run.location) : null,
    run.tone === "bad" ? element("span", { class: "where bad small" }, run.state) : null); // for screens without that column
  const tr = element("tr", { class: "run" }, name);
  for (const c of columns.slice(1)) tr.append(element("td", { class: c.kind || "" }, c.cell(run)));
  const row = { run, tr, button, n, detail: null };
  button.addEventListener("click", () => toggle(row));
  return row;
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
  const room = element("td", { colspan: columns.length });
  row.detail = element("tr", { class: "detail", id: `run-${row.n}` }, room);
  row.tr.after(row.detail);
  openRun(room, row.run);
}

const rows = data.runs.map((run, n) => { prepare(run); return rowOf(run, n); });
const body = $("runs").tBodies[0];
let sorted = { key: "name", down: false };

function sort(key, down) {
  sorted = { key, down };
  const by = columns.find((c) => c.key === key).by;
  const collator = new Intl.Collator("en", { numeric: true });
  const order = (a, b) => (typeof a === "string" ? collator.compare(a, b) : a - b);
  rows.sort((a, b) => {
    const x = by(a.run), y = by(b.run);
    if (x === undefined || y === undefined) return (x === undefined) - (y === undefined) || a.n - b.n;
    return (down ? order(y, x) : order(x, y)) || a.n - b.n;
  });
  body.append(...rows.flatMap((r) => (r.detail ? [r.tr, r.detail] : [r.tr])));
  for (const th of $("runs").tHead.rows[0].cells) {
    if (th.dataset.key === key) th.setAttribute("aria-sort", down ? "descending" : "ascending");
    else th.removeAttribute("aria-sort");
  }
  $("order").value = key;
}

function counted(n) {
  return n === 1 ? "1 run" : `${n} runs`;
}

function search() {
  const words = $("search").value.toLowerCase().split(/\s+/).filter((w) => w);
  let shown = 0;
  for (const row of rows) {
    const found = words.every((w) => row.run.searched.includes(w));
    row.tr.hidden = !found;
    if (row.detail) row.detail.hidden = !found || row.button.getAttribute("aria-expanded") !== "true";
    if (found) shown++;
  }
  $("count").textContent = shown === rows.length ? counted(shown) : `${shown} of ${counted(rows.length)}`;
  $("nothing").hidden = shown > 0;
  $("nothing").textContent = rows.length ? "No run matches." : "There are no runs here yet.";
}

function addHead() {
  const head = $("runs").tHead.rows[0];
  for (const c of columns) {
    const th = element("th", { scope: "col", class: c.kind || "", "data-key": c.key });
    if (c.plain) th.append(c.title);
    else {
      const button = element("button", { type: "button" }, c.title);
      button.addEventListener("click", () => sort(c.key, sorted.key === c.key ? !sorted.down : Boolean(c.down)));
      th.append(button);
      $("order").append(element("option", { value: c.key }, c.title));
    }
    head.append(th);
  }
  $("order").addEventListener("change", () => {
    const c = columns.find((c) => c.key === $("order").value);
    sort(c.key, Boolean(c.down));
  });
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

function addTheme() {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const root = document.documentElement;
  const dark = () => (root.dataset.theme ? root.dataset.theme === "dark" : system.matches);
  const label = () => { $("theme").textContent = dark() ? "Light" : "Dark"; };
  $("theme").addEventListener("click", () => { root.dataset.theme = dark() ? "light" : "dark"; label(); });
  system.addEventListener("change", label);
  label();
}

$("title").textContent = data.title;
$("about").textContent = `As of ${data.made}, read from ${data.places.join(", ")}`;
addFacts();
addHead();
addTheme();
sort("name", false);
search();
$("search").addEventListener("input", search);
$("tools").addEventListener("submit", (event) => event.preventDefault());
document.documentElement.dataset.ready = Math.round(performance.now()); // milliseconds from the begin of loading
