// The page: its data, its controls, and its address.

const data = JSON.parse($("data").textContent);

function addTheme() {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const root = document.documentElement;
  const dark = () => (root.dataset.theme ? root.dataset.theme === "dark" : system.matches);
  const label = () => { $("theme").textContent = dark() ? "Light" : "Dark"; };
  $("theme").addEventListener("click", () => { root.dataset.theme = dark() ? "light" : "dark"; label(); });
  system.addEventListener("change", label);
  label();
}

// addLink adds the button that copies the address of what is shown. Without leave to write to the
// clipboard, it shows the address.
function addLink() {
  const tell = (text) => { $("link").textContent = text; };
  $("link").addEventListener("click", async () => {
    rememberNow();
    try {
      await navigator.clipboard.writeText(location.href);
      tell("Copied");
      setTimeout(() => tell("Copy link"), 2000);
    } catch {
      prompt("The address of what is shown:", location.href);
    }
  });
}

// addControls connects the controls of the comparison.
function addControls() {
  const set = (name, of) => { shown[name] = of(); compare(); remember(); };
  $("smooth").addEventListener("input", () => set("smooth", () => steps[Number($("smooth").value)]));
  $("log").addEventListener("change", () => set("scale", () => ($("log").checked ? "log" : "linear")));
  $("x").addEventListener("change", () => { shown.zoom = null; set("x", () => $("x").value); });
  $("whole").addEventListener("click", () => set("zoom", () => null));
  $("clear").addEventListener("click", () => choose(chosen.places.filter((line) => line), false));
  $("pick").addEventListener("click", () => choose(visibleLines(), true));
  $("toCompare").addEventListener("click", () => $("compare").scrollIntoView());
  $("search").addEventListener("input", () => { search(); remember(); });
  $("tools").addEventListener("submit", (event) => event.preventDefault());
  addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.target.matches("input:not([type=checkbox]), select")) return;
    event.preventDefault();
    $("search").focus();
  });
  new IntersectionObserver(([{ isIntersecting }]) => { $("toCompare").hidden = isIntersecting; }).observe($("compare"));
  new ResizeObserver(() => document.documentElement.style.setProperty("--tools", `${$("tools").offsetHeight}px`)).observe($("tools"));
  let width = 0;
  new ResizeObserver(() => {
    if ($("compare").clientWidth === width) return;
    width = $("compare").clientWidth;
    compare();
  }).observe($("compare"));
}

// showScore changes which score is shown.
function showScore(changes) {
  Object.assign(shown, changes);
  showScoring();
  showScores(true);
  compare();
  remember();
}

// state returns what the page shows, for the address.
function state() {
  const name = (line) => line && { run: line.run.text, generation: line.generation };
  const lines = chosen.places, visible = new Set(visibleLines());
  const all = lines.length > 40 && lines.length === visible.size && lines.every((line) => visible.has(line));
  const sort = sorted.key === "name" && !sorted.down ? "" : (sorted.down ? "-" : "") + sorted.key;
  return { ...shown, search: $("search").value, sort, lines: lines.map(name), all, lit: shown.lit && isChosen(shown.lit) ? name(shown.lit) : null };
}

// address returns the address of the page with what it shows.
function address() {
  const fragment = encode(state());
  remember.written = "#" + fragment;
  return fragment ? remember.written : location.pathname + location.search;
}

// remember writes what the page shows into its address, a moment later, because browsers refuse
// many changes a second.
function remember() {
  clearTimeout(remember.timer);
  remember.timer = setTimeout(rememberNow, 200);
}

function rememberNow() {
  history.replaceState(null, "", address());
}

// recall shows what the address says.
function recall() {
  const wanted = decode(location.hash.slice(1)), names = new Map();
  for (const { run } of rows) if (!names.has(run.text)) names.set(run.text, run);
  const lineOf = (named) => (named && names.has(named.run) ? lineFor(names.get(named.run), named.generation) : undefined);
  $("search").value = wanted.search || "";
  search();
  for (const name of ["scale", "x", "smooth", "zoom", "criterion", "dataset", "best"]) shown[name] = wanted[name];
  showScoring();
  showScores(false);
  const key = (wanted.sort || "name").replace(/^-/, "");
  if (columns.some((c) => c.key === key && c.by)) sort(key, Boolean(wanted.sort) && wanted.sort[0] === "-");
  else sort("name", false);
  const lines = wanted.lines.map((named) => (named ? lineOf(named) : null));
  shown.lit = lineOf(wanted.lit);
  shown.unknown = lines.filter((line) => line === undefined).length;
  chosen.places = [];
  chosen.places = wanted.all ? visibleLines() : lines.filter((line, i) => line === null || (line && hasCurves(line) && lines.indexOf(line) === i));
  closeGaps();
  showChosen();
  compare();
}

$("title").textContent = data.title;
$("about").textContent = `As of ${zoned(data.made)}, read from ${data.places.join(", ")}`;
learnScores(data);
if (!scored.criteria.size) columns.splice(columns.indexOf(scoreColumn), 1);
data.runs.forEach((run, n) => {
  run.n = n;
  prepare(run);
  rows.push(rowOf(run, n));
});
addFacts();
addHead();
addScoring();
addTheme();
addLink();
addControls();
addFiles();
chosen.changed = () => {
  shown.unknown = 0;
  showChosen();
  compare();
  remember();
};
recall();
addEventListener("hashchange", () => { if (location.hash !== remember.written) recall(); });
document.documentElement.dataset.ready = Math.round(performance.now()); // milliseconds from the begin of loading
