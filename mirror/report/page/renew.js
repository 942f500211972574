// A page that is written again: it notices that, and loads the new one without losing what it shows.

// newer finds out whether there is a newer page. Over http it asks the server with HEAD. A file cannot
// be asked, so it counts as newer each time.
const newer = { known: undefined, found: false, asking: false, due: 0 };

async function isNewer() {
  if (!/^https?:$/.test(location.protocol)) return true;
  const answer = await fetch(location.href.replace(/#.*/, ""), { method: "HEAD", cache: "no-store" }).catch(() => null);
  if (!answer || !answer.ok) return false; // to reload would lose the page
  const [tag, modified, length] = ["etag", "last-modified", "content-length"].map((name) => answer.headers.get(name));
  if (!tag && !modified) return true;
  if (modified && Date.parse(modified) > Date.parse(document.lastModified)) return true; // both have whole seconds
  const before = newer.known;
  newer.known = `${tag} ${modified} ${length}`;
  return before !== undefined && before !== newer.known;
}

// wait is the time between two looks, in milliseconds. A page that takes long to load looks less often.
const wait = () => Math.max(data.every * 1000, 20 * Number(document.documentElement.dataset.ready));

// reader is what the reader does.
const reader = { last: -Infinity, pressed: false };

function addReader() {
  const on = (name, also) => addEventListener(name, (event) => { reader.last = performance.now(); if (also) also(event); }, { capture: true, passive: true });
  for (const name of ["keydown", "input", "wheel", "scroll", "touchmove"]) on(name);
  on("pointerdown", () => { reader.pressed = true; });
  for (const name of ["pointerup", "pointercancel"]) on(name, () => { reader.pressed = false; });
  on("pointermove", (event) => { if (event.buttons === 0) reader.pressed = false; });
}

// isBusy reports whether a new page would interrupt the reader: for longer if a list may be open, text
// is selected, or the pointer is on a chart.
function isBusy() {
  const pauses = document.activeElement.matches("select") || !getSelection().isCollapsed || document.querySelector("figure svg:hover");
  return reader.pressed || performance.now() - reader.last < (pauses ? 60_000 : 5000);
}

async function look() {
  if (document.hidden || newer.asking) return;
  if (!newer.found && performance.now() >= newer.due) {
    newer.asking = true;
    newer.found = await isNewer();
    newer.asking = false;
    newer.due = performance.now() + wait();
  }
  if (newer.found && !isBusy()) reload();
}

// controlsOf returns the controls in the details of a run, which nothing else remembers.
const controlsOf = (row) => [...row.detail.querySelectorAll("input:not(.choose), select")];
const isOpen = (row) => row.button.getAttribute("aria-expanded") === "true";

// reload loads the page again. What the address does not have goes with the entry in the history.
function reload() {
  clearTimeout(remember.timer);
  const kept = { y: scrollY, theme: document.documentElement.dataset.theme, focus: focusNow() };
  kept.open = rows.filter(isOpen).map((row) => ({
    run: row.run.text,
    values: controlsOf(row).map((e) => (e.type === "checkbox" ? e.checked : e.value)),
    zoomed: [...row.detail.querySelectorAll("figure")].map((e) => e.zoomed || null),
  }));
  const top = visibleRows().findLast((row) => row.tr.getBoundingClientRect().top <= 0);
  if (top) kept.row = { run: top.run.text, top: top.tr.getBoundingClientRect().top };
  history.scrollRestoration = "manual"; // the table may have grown
  history.replaceState({ kept }, "", address());
  location.reload();
}

// focusNow returns where the focus is, if it can be found again.
function focusNow() {
  const e = document.activeElement, row = rows.find((r) => r.tr.contains(e));
  if (row) return { run: row.run.text, box: e === row.box };
  const caret = e.matches("input[type=search]") ? [e.selectionStart, e.selectionEnd] : null;
  return e.id ? { id: e.id, caret } : null;
}

// restore shows what the page before showed.
function restore({ y, theme, focus, open, row }) {
  const known = new Map(rows.map((r) => [r.run.text, r]));
  if (theme) {
    document.documentElement.dataset.theme = theme === "dark" ? "light" : "dark";
    $("theme").click();
  }
  for (const { run, values, zoomed } of open) {
    const now = known.get(run);
    if (!now) continue;
    toggle(now);
    now.detail.hidden = now.tr.hidden;
    now.detail.querySelectorAll("figure").forEach((e, i) => { e.zoomed = zoomed[i]; });
    controlsOf(now).forEach((e, i) => {
      const value = values[i], name = e.type === "checkbox" ? "checked" : "value";
      if (value === undefined || e[name] === value || (e.matches("select") && ![...e.options].some((o) => o.value === value))) return;
      e[name] = value;
      e.dispatchEvent(new Event("change"));
    });
  }
  const focused = focus && (focus.id ? $(focus.id) : known.has(focus.run) && (focus.box ? known.get(focus.run).box : known.get(focus.run).button));
  if (focused) focused.focus({ preventScroll: true });
  if (focused && focus.caret) focused.setSelectionRange(...focus.caret);
  const scroll = () => {
    const now = row && known.get(row.run);
    scrollTo(scrollX, now && !now.tr.hidden ? scrollY + now.tr.getBoundingClientRect().top - row.top : y);
  };
  scroll();
  requestAnimationFrame(() => setTimeout(() => { // once the charts of open runs are drawn
    scroll();
    history.scrollRestoration = "auto";
  }, 0));
}

$("about").textContent += `; looks for a newer page every ${counted(data.every, "second")}`;
if (history.state && history.state.kept) {
  restore(history.state.kept);
  history.replaceState(null, "");
}
addReader();
if (location.protocol === "file:") newer.due = performance.now() + wait();
setInterval(look, 1000);
document.addEventListener("visibilitychange", look);
