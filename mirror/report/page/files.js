// The buttons that save the comparison as CSV and SVG.

// exact returns a number with the digits that the page has of it.
const exact = (numbers, i) => (!numbers ? null : numbers instanceof Float32Array ? Number(numbers[i].toPrecision(7)) : numbers[i]);

// lossRows returns the table of the losses that are shown.
function lossRows(view) {
  const rows = [["run", "generation", "iteration", "time", "rows", "loss", "lowest", "highest", "smoothed"]];
  eachShown(view, (s, i, name) => {
    const l = s.loss, n = i === l.x.length - 1 ? l.all - l.rows * i : l.rows;
    rows.push([...name, exact(l.x, i), exact(l.time, i), n, exact(l.y, i), exact(l.low || l.y, i), exact(l.high || l.y, i), Number(s.y[i].toPrecision(7))]);
  });
  return rows;
}

// scoreRows returns the table of the scores that are shown.
function scoreRows(view) {
  const { criterion, dataset, end } = scoring();
  const rows = [["run", "generation", "dataset", "criterion", "best", "iteration", "score", "parameters"]];
  eachShown(view, (s, i, name) => {
    rows.push([...name, dataset, criterion, end.best || "unknown", exact(s.iterations, i), exact(s.y, i), s.parameters ? exact(s.parameters, i) : 0]);
  });
  return rows;
}

// eachShown visits the points of a view, in the order of the lines.
function eachShown(view, visit) {
  for (const s of view.series) {
    const { run, generation } = s.line;
    for (let i = s.from; i < s.to; i++) {
      if (s.x[i] >= view.first && s.x[i] <= view.last) visit(s, i, [run.text, generation || run.generation]);
    }
  }
}

function addFiles() {
  for (const [id, rowsOf] of [["loss", lossRows], ["scores", scoreRows]]) {
    const csv = () => save(`${id}.csv`, "text/csv", csvOf(rowsOf(compare.views[id])));
    const svg = () => {
      const view = compare.views[id], names = view.series.filter((s) => s.style < styles).map(({ name, key }) => ({ name, key }));
      save(`${id}.svg`, "image/svg+xml", svgOf(view, view.chart.label, names));
    };
    $(id).closest(".part").querySelector(".files").append(
      button("CSV", csv, { "aria-label": `The ${id} that the chart shows, as CSV` }), button("SVG", svg, { "aria-label": `The chart of ${id}, as SVG` }));
  }
}
