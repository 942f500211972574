// Line charts as SVG, because what is shown is then also the picture that is saved.

// Twelve lines differ: six hues that colour-blind people tell apart, solid and dashed. Others are
// thin and grey.
const hues = 6, styles = 12;
const styleOf = (n) => (n >= 0 && n < styles ? `s${n % hues} d${Math.floor(n / hues)}` : "grey");
const odd = { NaN: "NaN", Infinity: "+Inf", "-Infinity": "−Inf", low: "0 or less" };

const rounded = (v) => Math.round(v * 10) / 10;
const missing = (v, log) => Number.isNaN(v) || (log && !(v > 0));

// draw draws a chart into a figure, at its width, and returns the view of it:
//   series  [{key, name, style, x, y, low, high, marks, dots}]: each x ascends; a missing y is NaN;
//           faint behind y are the raw values, or the area from low to high
//   x       [first, last]; without it, all of the series
//   unit    {name, size} of x
//   log, label, height
function draw(figure, chart) {
  const view = viewOf(chart, Math.max(figure.clientWidth, 240), chart.height || 230);
  const { width, height, box } = view;
  const picture = shape("svg", { width, height, viewBox: `0 0 ${width} ${height}`, role: "img", tabindex: 0,
    "aria-label": chart.label + "; the arrow keys read its points, + and − zoom, 0 shows all" });
  drawAxes(picture, view);
  const [w, h] = [box.right - box.left + 6, box.bottom - box.top + 6]; // a picture in the picture hides what reaches beyond it
  const lines = shape("svg", { x: box.left - 3, y: box.top - 3, width: w, height: h, viewBox: `${box.left - 3} ${box.top - 3} ${w} ${h}` });
  for (const s of view.series) if (s.low || s.raw) lines.append(faintOf(s, view)); // below all lines
  for (const s of [...view.series].sort((a, b) => b.style - a.style)) lines.append(lineOf(s, view));
  picture.append(lines);
  view.picture = picture;
  const key = element("figcaption");
  if (chart.key) for (const s of view.series) if (s.name) key.append(element("span", {}, element("span", { class: `key ${styleOf(s.style)}` }), s.name));
  for (const [kind, n] of Object.entries(view.counts)) key.append(element("span", { class: "bad" }, `${odd[kind] || kind}: ${whole(n)}${kind in view.firsts ? `, first at iteration ${whole(view.firsts[kind])}` : ""}`));
  view.readout = element("p", { class: "readout", "aria-live": "polite" });
  figure.replaceChildren(picture, view.readout, key);
  return view;
}

// viewOf maps a chart to a picture.
function viewOf(chart, width, height) {
  const unit = chart.unit || { name: "", size: 1 };
  const box = { left: 50, right: width - 10, top: 10, bottom: height - (unit.name ? 38 : 24) };
  let [first, last] = chart.x || spanOf(chart.series);
  if (!(first < last)) [first, last] = Number.isFinite(first) ? apart(first) : [0, 1];
  const series = chart.series.map((s) => ({ ...s, from: Math.max(firstFrom(s.x, first) - 1, 0), to: Math.min(firstFrom(s.x, last) + 1, s.x.length) }));
  const [low, high] = range(series.map((s) => ({ ...s, low: s.low || s.raw, high: s.high || s.raw })), chart.log);
  const ys = labelled(ticks(low, high, chart.log, Math.round(height / 42)));
  box.left = Math.max(box.left, 12 + 6.5 * Math.max(...ys.map(([, label]) => label.length)));
  const part = chart.log ? (v) => (Math.log(tame(v, true)) - Math.log(low)) / (Math.log(high) - Math.log(low)) : (v) => (tame(v) - low) / (high - low);
  return {
    chart, width, height, box, first, last, low, ys, series, unit, log: chart.log, counts: {}, firsts: {},
    X: (v) => box.left + (v - first) / (last - first) * (box.right - box.left),
    Y: (v) => box.bottom - Math.min(Math.max(part(v), -2), 3) * (box.bottom - box.top),
    at: (pixel) => first + (pixel - box.left) / (box.right - box.left) * (last - first),
  };
}

// spanOf returns the first and the last x of series; from 0 if the first is near it.
function spanOf(series) {
  let first = Infinity, last = -Infinity;
  for (const { x, marks } of series) {
    const ends = x.length ? [x[0], x[x.length - 1], ...(marks || []).map((m) => m.x)] : [];
    first = Math.min(first, ...ends);
    last = Math.max(last, ...ends);
  }
  return first > 0 && first < last / 50 ? [0, last] : [first, last];
}

function drawAxes(picture, { box, X, Y, ys, first, last, unit, width, height }) {
  for (const [v, label] of ys) {
    picture.append(shape("path", { class: "grid", d: `M${box.left},${rounded(Y(v))}H${box.right}` }),
      shape("text", { x: box.left - 6, y: rounded(Y(v)) + 4, "text-anchor": "end" }, label));
  }
  for (const [v, label] of labelled(ticks(first / unit.size, last / unit.size, false, Math.min(8, width / 80)))) {
    const x = rounded(X(v * unit.size));
    picture.append(shape("text", { x, y: box.bottom + 18, "text-anchor": x > box.right - 12 ? "end" : "middle" }, label));
  }
  if (unit.name) picture.append(shape("text", { x: (box.left + box.right) / 2, y: height - 3, "text-anchor": "middle" }, unit.name));
}

const groupOf = (s, ...children) => shape("g", { class: `series ${styleOf(s.style)}`, "data-key": s.key ?? "" }, ...children);

// faintOf returns what is behind the line of a series: the rows, or the area that they are in.
function faintOf(s, view) {
  return groupOf(s, s.low ? shape("path", { class: "band", d: bandPath(s, view) }) : shape("path", { class: "raw", d: linePath(s, s.raw, view) }));
}

// lineOf returns the line of a series, with dots if there are few, and marks.
function lineOf(s, view) {
  const group = groupOf(s);
  group.append(shape("path", { class: "curve", d: linePath(s, s.y, view) }));
  if (s.style < styles && (s.dots || s.to - s.from <= 60) && s.to - s.from <= 300) {
    for (let i = s.from; i < s.to; i++) {
      if (!missing(s.y[i], view.log)) group.append(shape("circle", { class: "dot", cx: rounded(view.X(s.x[i])), cy: rounded(view.Y(s.y[i])), r: 2.2 }));
    }
  }
  const marks = [...(s.marks || [])];
  if (view.log) for (let i = s.from; i < s.to; i++) if (s.y[i] <= 0) marks.push({ kind: "low", x: s.x[i], rows: s.rows || 1 });
  for (const mark of marks) {
    if (mark.x < view.first || mark.x > view.last) continue;
    view.counts[mark.kind] = (view.counts[mark.kind] || 0) + mark.rows;
    if (s.loss && s.loss.first && mark === marks.find((m) => m.kind === mark.kind) && mark.kind in s.loss.first) {
      view.firsts[mark.kind] = Math.min(view.firsts[mark.kind] ?? Infinity, s.loss.first[mark.kind]);
    }
    if (s.style < styles) group.append(markAt(mark.kind, view.X(mark.x), view.box));
  }
  return group;
}

// linePath returns the path through the points of a series. Of the points in one column of pixels
// it takes the first, the lowest, the highest and the last. Missing points interrupt it.
function linePath(s, y, { X, Y, log }) {
  let d = "", drawn = 0, column = NaN, kept = [];
  const flush = () => {
    for (const i of new Set(kept.sort((a, b) => a - b))) {
      d += `${drawn ? "L" : "M"}${rounded(X(s.x[i]))},${rounded(Y(y[i]))}`;
      drawn++;
    }
    kept = [];
  };
  const lift = () => {
    flush();
    if (drawn === 1) d += "h1.6"; // a lonely point is a dot
    drawn = 0;
    column = NaN;
  };
  for (let i = s.from; i < s.to; i++) {
    if (missing(y[i], log)) { lift(); continue; }
    const at = Math.round(X(s.x[i]));
    if (at !== column) {
      flush();
      column = at;
      kept = [i, i, i, i];
    }
    if (y[i] < y[kept[1]]) kept[1] = i;
    if (y[i] > y[kept[2]]) kept[2] = i;
    kept[3] = i;
  }
  lift();
  return d;
}

// bandPath returns the outline of the area from low to high, a stretch of points at a time.
function bandPath(s, { X, Y, log, low: floor }) {
  let d = "", edge = [];
  const close = () => {
    if (edge.length > 1) {
      d += edge.map(([x, , high], i) => `${i ? "L" : "M"}${x},${rounded(Y(high))}`).join("");
      d += edge.reverse().map(([x, low]) => `L${x},${rounded(Y(low))}`).join("") + "Z";
    }
    edge = [];
  };
  for (let i = s.from; i < s.to; i++) {
    if (missing(s.high[i], log)) { close(); continue; }
    const x = Math.round(X(s.x[i])), low = missing(s.low[i], log) ? floor : s.low[i], last = edge[edge.length - 1];
    if (last && last[0] === x) {
      last[1] = Math.min(last[1], low);
      last[2] = Math.max(last[2], s.high[i]);
    } else edge.push([x, low, s.high[i]]);
  }
  close();
  return d;
}

function markAt(kind, x, box) {
  const at = rounded(x), r = 4;
  const shapes = {
    NaN: `M${at},${box.bottom}m-${r},-${2 * r}l${2 * r},${2 * r}m0,-${2 * r}l-${2 * r},${2 * r}`,
    Infinity: `M${at},${box.top}l${r},${2 * r}h-${2 * r}z`,
    "-Infinity": `M${at},${box.bottom}l${r},-${2 * r}h-${2 * r}z`,
    low: `M${at},${box.bottom}v-${r}`,
  };
  return shape("path", { class: "mark", d: shapes[kind] || shapes.NaN });
}
