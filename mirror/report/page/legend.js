// The legend of the comparison: names, values, and which line is highlighted.

const legendMost = 100; // lines in the legend

// keepLit keeps a line highlighted, or no longer if it is already; null for none.
function keepLit(line) {
  shown.lit = shown.lit === line ? null : line;
  light(null);
  remember();
}

// drawLegend lists the chosen lines. Pressing a name, or a line in a chart, keeps the line highlighted.
function drawLegend() {
  const lines = chosenLines(), listed = [...lines.slice(legendMost).filter(({ line }) => line === shown.lit), ...lines.slice(0, legendMost)];
  const rows = listed.map(({ line, place }) => {
    const name = button(line.name, () => keepLit(line), { class: `key ${styleOf(place)}` });
    const values = [0, 1].map(() => element("td", { class: "number" }));
    const remove = button("×", () => choose([line], false), { class: "remove", "aria-label": `Remove ${line.name}` });
    const row = element("tr", { "data-key": line.key }, element("th", { scope: "row" }, name, endedOf(line)), ...values, element("td", {}, remove));
    for (const [event, lit] of [["pointerenter", line], ["pointerleave", null], ["focusin", line], ["focusout", null]]) row.addEventListener(event, () => light(lit));
    return { row, line, values, name };
  });
  const heads = [0, 1].map(() => element("th", { scope: "col", class: "number" }));
  const table = element("table", {}, element("caption", { class: "hidden" }, "Lines of the comparison and their values"),
    element("thead", {}, element("tr", {}, element("th", { scope: "col" }, "Line"), ...heads, element("th", { scope: "col" }, element("span", { class: "hidden" }, "Remove")))),
    element("tbody", {}, ...rows.map(({ row }) => row)));
  $("legend").replaceChildren(table);
  if (lines.length > listed.length) $("legend").append(element("p", { class: "note" }, `and ${counted(lines.length - listed.length, "more line")}`));
  drawLegend.rows = rows;
  drawLegend.heads = heads;
}

// endedOf returns a button that adds the ended generations of a line's run; null if there are none.
function endedOf({ run, generation }) {
  const ended = generation ? [] : generationsOf(run).filter((line) => !isChosen(line));
  return ended.length ? button(`+ ${counted(ended.length, "ended generation")}`, () => choose(ended, true), { class: "more" }) : null;
}

// legendValues writes two values for each line: texts by key.
function legendValues(titles, texts) {
  const write = (cells, values) => cells.forEach((cell, n) => { cell.textContent = values[n]; });
  write(drawLegend.heads, titles);
  for (const { line, values } of drawLegend.rows) write(values, texts.get(line.key) || ["–", "–"]);
}

// light highlights a line, or without one the line that a press keeps highlighted.
function light(line) {
  line ||= shown.lit;
  const key = line ? line.key : null;
  for (const picture of document.querySelectorAll("#compare figure > svg")) {
    picture.classList.toggle("dimmed", key !== null);
    for (const group of [...picture.querySelectorAll(".series")]) {
      const lit = group.dataset.key === key;
      if (lit === group.classList.contains("lit")) continue;
      group.classList.toggle("lit", lit);
      if (lit) group.parentNode.append(group);
    }
  }
  for (const { row, line, name } of drawLegend.rows) {
    row.classList.toggle("lit", line.key === key);
    name.setAttribute("aria-pressed", String(line === shown.lit));
  }
}
