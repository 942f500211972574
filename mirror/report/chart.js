// Elements are built from text, never from markup, because a run's name may be anything.
function element(tag, attributes, ...children) {
  const e = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) e.setAttribute(name, value);
  e.append(...children.filter((child) => child !== null && child !== undefined));
  return e;
}

function shape(tag, attributes, ...children) {
  const e = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes || {})) e.setAttribute(name, value);
  e.append(...children);
  return e;
}

const hues = 7, dashes = 4;
const styleOf = (i) => `s${i % hues} d${i % dashes}`;
const odd = { NaN: "NaN", "+Inf": "+Inf", "-Inf": "−Inf", low: "0 or less" };

// brief returns a number as text with four digits.
function brief(v) {
  if (v === undefined || v === null) return "–";
  if (typeof v === "string") return v.replace("-", "−");
  const size = Math.abs(v), plain = size === 0 || (size >= 1e-4 && size < 1e7);
  return (plain ? String(Number(v.toPrecision(4))) : v.toExponential(2).replace(/\.?0*e\+?/, "e")).replace(/-/g, "−");
}

// whole returns an integer as text, shortened if it is too large for a table.
const whole = (n) => (Math.abs(n) < 1e12 ? n.toLocaleString("en") : brief(n));

// tame keeps differences and quotients of numbers finite.
function tame(v, log) {
  return Math.min(Math.max(v, log ? 1e-300 : -1e300), 1e300);
}

// short returns the label of a tick.
function short(v) {
  for (const [unit, size] of [["G", 1e9], ["M", 1e6], ["k", 1e3]]) {
    if (Math.abs(v) >= size && Math.abs(v) < 1e12) return Number((v / size).toPrecision(4)) + unit;
  }
  return brief(v);
}

// spark returns a small picture of a loss.
function spark(loss) {
  const width = 110, height = 26, most = 55;
  const picture = shape("svg", { class: "spark", width, height, viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" });
  if (!loss) return picture;
  const step = Math.ceil(loss.y.length / most);
  const values = loss.y.filter((_, i) => i % step === 0 || i === loss.y.length - 1);
  const finite = values.filter((v) => v !== null);
  const log = finite.every((v) => v > 0);
  const at = (v) => (log ? Math.log(v) : tame(v));
  const low = Math.min(...finite.map(at)), high = Math.max(...finite.map(at));
  const points = values.map((v, i) => v === null ? null : [
    2 + (values.length > 1 ? i / (values.length - 1) : 0.5) * (width - 4),
    2 + (high > low ? (high - at(v)) / (high - low) : 0.5) * (height - 4),
  ]);
  picture.append(shape("path", { class: "curve", d: path(points) }));
  for (const mark of (loss.marks || []).slice(0, 20)) {
    const first = loss.x[0], last = loss.x[loss.x.length - 1];
    const x = 2 + (last > first ? (mark.x - first) / (last - first) : 0.5) * (width - 4);
    picture.append(shape("path", { class: "mark", d: `M${x.toFixed(1)},${height - 6}v5` }));
  }
  return picture;
}

// path returns the path through points, interrupted at missing ones.
function path(points) {
  let d = "", pen = "M";
  for (const p of points) {
    if (!p) { pen = "M"; continue; }
    d += `${pen}${p[0].toFixed(1)},${p[1].toFixed(1)}`;
    pen = "L";
  }
  return d.replace(/M([^ML]+)(?=M|$)/g, "M$1h.1"); // a lonely point is a dot
}

// ticks returns round numbers from low to high.
function ticks(low, high, log, wanted) {
  const decades = log ? Math.log10(high) - Math.log10(low) : 0;
  if (decades >= 1) {
    const all = [];
    const factors = decades < 2.5 ? [1, 2, 5] : [1];
    const stride = Math.ceil(decades / wanted);
    for (let e = Math.floor(Math.log10(low)); e <= Math.log10(high); e += stride) {
      for (const f of factors) all.push(f * 10 ** e);
    }
    return all.filter((v) => v >= low && v <= high);
  }
  const raw = (high - low) / wanted, power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((f) => f * power).find((s) => s >= raw);
  const all = [];
  const least = Math.ceil(low / step); // above 2^53, to which adding 1 changes nothing, it adds as often nevertheless
  for (let n = 0; n <= wanted; n++) all.push((least + n) * step);
  return all.filter((v, n) => v >= low && v <= high && v !== all[n - 1]);
}

// apart returns a number below v and one above it, even if v is too large to add 1.
function apart(v) {
  const half = Math.max(1, Math.abs(v) / 1e6);
  return [v - half, v + half];
}

// range returns the range of an axis: all lines, and as much of the bands as leaves the lines readable.
function range(series, log) {
  let low = Infinity, high = -Infinity, band = Infinity;
  const ok = (v) => v !== null && (!log || v > 0);
  for (const s of series) {
    s.y.forEach((v, i) => {
      if (!ok(v)) return;
      v = tame(v, log);
      const half = Math.min((s.band && s.band[i]) || 0, 1e300);
      low = Math.min(low, v);
      high = Math.max(high, v + half);
      if (ok(v - half)) band = Math.min(band, v - half);
    });
  }
  if (low === Infinity) return log ? [0.1, 1] : [0, 1];
  low = log ? Math.max(Math.min(band, low), low / 2) : Math.min(band, low);
  high = tame(high, log);
  if (low === high) return log ? [low / 2, high * 2] : apart(low);
  const room = 0.04;
  if (log) return [low * (low / high) ** room, high * (high / low) ** room].map((v) => tame(v, log));
  return [low - (high - low) * room, high + (high - low) * room];
}

// draw draws a chart into a figure, at its width: {series: [{name, x, y, band, marks}],
// log, label}. Each x ascends; a null y is missing.
function draw(figure, chart) {
  const width = Math.max(figure.clientWidth, 240), height = 230;
  const box = { left: 46, right: width - 8, top: 8, bottom: height - 24 };
  const xs = chart.series.flatMap((s) => s.x.length ? [s.x[0], s.x[s.x.length - 1]] : []);
  let first = Math.min(...xs), last = Math.max(...xs);
  if (first > 0 && first < last / 50) first = 0;
  if (first === last) [first, last] = apart(first);
  const [low, high] = range(chart.series, chart.log);
  const part = chart.log ? (v) => (Math.log(tame(v, true)) - Math.log(low)) / (Math.log(high) - Math.log(low)) : (v) => (tame(v) - low) / (high - low);
  const X = (v) => box.left + (v - first) / (last - first) * (box.right - box.left);
  const Y = (v) => box.bottom - Math.min(Math.max(part(v), -0.01), 1.01) * (box.bottom - box.top);
  const visible = (v) => v !== null && (!chart.log || v > 0);
  const picture = shape("svg", { width, height, viewBox: `0 0 ${width} ${height}`, role: "img", tabindex: 0, "aria-label": chart.label + "; the arrow keys read its points" });
  for (const v of ticks(low, high, chart.log, 5)) {
    picture.append(shape("path", { class: "grid", d: `M${box.left},${Y(v).toFixed(1)}H${box.right}` }),
      shape("text", { x: box.left - 6, y: Y(v) + 4, "text-anchor": "end" }, short(v)));
  }
  for (const v of ticks(first, last, false, Math.min(6, width / 80))) {
    const anchor = X(v) > box.right - 16 ? "end" : "middle";
    picture.append(shape("text", { x: X(v), y: height - 6, "text-anchor": anchor }, short(v)));
  }
  const counts = {};
  chart.series.forEach((s, n) => {
    const marks = [...(s.marks || [])];
    const points = s.y.map((v, i) => {
      if (v !== null && !visible(v)) marks.push({ kind: "low", x: s.x[i], rows: 1 });
      return visible(v) ? [X(s.x[i]), Y(v)] : null;
    });
    const group = shape("g", { class: `s${n % hues}` });
    if (s.band) group.append(shape("path", { class: "band", d: bands(s, points, visible, Y, chart.log ? low : -Infinity) }));
    group.append(shape("path", { class: `curve d${n % dashes}`, d: path(points) }));
    if (chart.dots && points.length <= 60) {
      for (const p of points) if (p) group.append(shape("circle", { class: "dot", cx: p[0].toFixed(1), cy: p[1].toFixed(1), r: 2.2 }));
    }
    for (const mark of marks) {
      counts[mark.kind] = (counts[mark.kind] || 0) + mark.rows;
      group.append(markAt(mark.kind, X(mark.x), box));
    }
    picture.append(group);
  });
  const readout = element("p", { class: "readout", "aria-live": "polite" });
  follow(picture, readout, chart.series, box, X);
  const key = element("figcaption");
  chart.series.forEach((s, n) => { if (s.name) key.append(element("span", {}, element("span", { class: `key s${n % hues}` }), s.name)); });
  for (const [kind, n] of Object.entries(counts)) key.append(element("span", { class: "bad" }, `${odd[kind]}: ${n}`));
  figure.replaceChildren(picture, readout, key);
}

// bands returns the outline of the band of a series, a stretch of points at a time.
function bands(s, points, visible, Y, floor) {
  let d = "", upper = [], lower = [];
  const close = () => {
    if (upper.length > 1) d += path([...upper, ...lower.reverse()]) + "Z";
    upper = []; lower = [];
  };
  s.y.forEach((v, i) => {
    if (!points[i]) return close();
    const half = s.band[i] || 0;
    upper.push([points[i][0], Y(v + half)]);
    lower.push([points[i][0], Y(Math.max(v - half, floor))]);
  });
  close();
  return d;
}

function markAt(kind, x, box) {
  const at = x.toFixed(1), r = 4;
  const shapes = {
    NaN: `M${at},${box.bottom}m-${r},-${2 * r}l${2 * r},${2 * r}m0,-${2 * r}l-${2 * r},${2 * r}`,
    "+Inf": `M${at},${box.top}l${r},${2 * r}h-${2 * r}z`,
    "-Inf": `M${at},${box.bottom}l${r},-${2 * r}h-${2 * r}z`,
    low: `M${at},${box.bottom}v-${r}`,
  };
  return shape("path", { class: "mark", d: shapes[kind] || shapes.NaN });
}

// follow shows the values at the pointer, or at the place reached with the arrow keys.
function follow(picture, readout, series, box, X) {
  const line = shape("path", { class: "cursor" });
  const xs = series.reduce((longest, s) => (s.x.length > longest.length ? s.x : longest), []);
  let at = -1;
  const show = (i) => {
    if (!xs.length) return;
    at = Math.min(Math.max(i, 0), xs.length - 1);
    line.setAttribute("d", `M${X(xs[at]).toFixed(1)},${box.top}V${box.bottom}`);
    picture.append(line);
    const told = series.map((s) => {
      const i = s.x.indexOf(xs[at]);
      if (i < 0) return null;
      const half = s.band && s.band[i] ? ` ± ${brief(s.band[i])}` : "";
      return `${series.length > 1 ? s.name + " " : ""}${s.y[i] === null ? "no value" : brief(s.y[i])}${half}`;
    });
    readout.textContent = `${whole(xs[at])}: ${told.filter((t) => t).slice(0, 6).join(", ")}`;
  };
  picture.addEventListener("pointermove", (event) => {
    const x = event.clientX - picture.getBoundingClientRect().left;
    let near = 0;
    xs.forEach((v, i) => { if (Math.abs(X(v) - x) < Math.abs(X(xs[near]) - x)) near = i; });
    show(near);
  });
  picture.addEventListener("pointerleave", () => { line.remove(); readout.textContent = ""; });
  picture.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    show(at + step);
  });
}
