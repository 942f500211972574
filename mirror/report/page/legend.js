// The legend of the comparison: names, values, and which line is highlighted.

const legendMost = 100; // lines in the legend

// drawLegend lists the chosen lines. Pressing a name keeps its line highlighted.
function drawLegend() {
  const lines = chosenLines(), rows = lines.slice(0, legendMost).map(({ line, place }) => {
    const name = button(line.name, () => {
      shown.lit = shown.lit === line ? null : line;
      light(null);
      remember();
    }, { class: `key ${styleOf(place)}` });
    const value = element("td", { class: "number" });
    const remove = button("×", () => choose([line], false), { class: "remove", "aria-label": `Remove ${line.name}` });
    const row = element("tr", { "data-key": line.key }, element("th", { scope: "row" }, name), value, element("td", {}, remove));
    for (const [event, lit] of [["pointerenter", line], ["pointerleave", null], ["focusin", line], ["focusout", null]]) row.addEventListener(event, () => light(lit));
    return { row, line, value, name };
  });
  const head = element("th", { scope: "col", class: "number" });
  const table = element("table", {}, element("caption", { class: "hidden" }, "Lines of the comparison and their values"),
    element("thead", {}, element("tr", {}, element("th", { scope: "col" }, "Line"), head, element("th", { scope: "col" }, element("span", { class: "hidden" }, "Remove")))),
    element("tbody", {}, ...rows.map(({ row }) => row)));
  $("legend").replaceChildren(table);
  if (lines.length > legendMost) $("legend").append(element("p", { class: "note" }, `and ${counted(lines.length - legendMost, "more line")}`));
  drawLegend.rows = rows;
  drawLegend.head = head;
}

// legendValues writes a value for each line: text by key.
function legendValues(title, texts) {
  drawLegend.head.textContent = title;
  for (const { line, value } of drawLegend.rows) value.textContent = texts.get(line.key) ?? "–";
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
