// The comparison: the chosen lines, laid over each other.

// shown is what the page shows besides the chosen lines, as encode and decode know it; but lit is a line.
const shown = {};
const steps = [1, 2, 5].flatMap((f) => [f, f * 10, f * 100, f * 1000, f * 10_000]).sort((a, b) => a - b);

// usualRows returns how many rows are smoothed if nobody has chosen: about a two hundredth of those in
// the zoom, so that zooming in shows where a loss begins to rise.
function usualRows(losses, zoom, byTime) {
  const within = (l, x) => (zoom ? (firstFrom(x, zoom[1]) - firstFrom(x, zoom[0])) * l.rows : l.all);
  const longest = Math.max(...losses.map((l) => within(l, byTime && l.time ? l.time : l.x)), 1);
  return steps.filter((s) => s <= longest / 200).pop() || 1;
}

const smoothed = (loss, points) => {
  if (loss.smoothed !== points) [loss.smoothed, loss.mean] = [points, runningMean(loss.y, points)];
  return loss.mean;
};

// lossSeries returns the series of a line's loss; null if it has none, or no times for that axis.
// behind says whether the rows behind a mean are drawn.
function lossSeries({ line, place }, rows, byTime, behind) {
  const loss = lossOf(line.owner);
  if (!loss || (byTime && !loss.time)) return null;
  const points = pointsOf(rows, loss);
  const s = { key: line.key, line, name: line.name, style: place, x: byTime ? loss.time : loss.x, y: smoothed(loss, points), loss, rows: loss.rows, marks: loss.marks };
  if (byTime && loss.marks) s.marks = loss.marks.map((m) => ({ ...m, x: timesOf([m.x], loss)[0] }));
  if (behind && loss.low) [s.low, s.high] = [loss.low, loss.high];
  else if (behind && points > 1) s.raw = loss.y;
  return s;
}

function scoreSeries({ line, place }, { dataset, criterion, end }, byTime) {
  const best = bestOf(line.owner, dataset, criterion, end.side);
  const times = best && byTime ? timesOf(best.x, lossOf(line.owner)) : null;
  if (!best || (byTime && !times)) return null;
  return { key: line.key, line, name: line.name, style: place, x: times || best.x, iterations: best.x, y: best.y, parameters: best.parameters, dots: true };
}

// compare draws the comparison.
function compare() {
  const lines = chosenLines();
  $("compare").hidden = lines.length === 0;
  document.body.classList.toggle("comparing", lines.length > 0);
  if (!lines.length) {
    shown.zoom = shown.lit = null;
    return;
  }
  const byTime = shown.x === "time", losses = lines.map(({ line }) => lossOf(line.owner)).filter((l) => l);
  const rows = shown.smooth || usualRows(losses, shown.zoom, byTime);
  const score = scoring();
  const loss = lines.map((l) => lossSeries(l, rows, byTime, lines.length <= styles)).filter((s) => s);
  const scores = lines.map((l) => scoreSeries(l, score, byTime)).filter((s) => s);
  const all = spanOf([...loss, ...scores]), x = shown.zoom || all;
  const unit = byTime ? unitOf(all[1]) : null;
  const common = { x, unit: unit ? { name: `training time in ${unit[0]}`, size: unit[1] } : { name: "iteration", size: 1 } };
  const log = shown.scale ? shown.scale === "log" : loss.every((s) => s.y.every((v) => Number.isNaN(v) || v > 0));
  const mean = meanText(rows, losses);
  const over = byTime ? "training time" : "iterations";
  drawPart("loss", loss, all, { ...common, log, height: 320, label: `Loss over ${over}, ${mean}` });
  drawPart("scores", scores, all, { ...common, log: false, height: 230, label: `${scoringText(score)} over ${over}` });
  $("unscored").hidden = scores.length > 0;
  if (!scores.length && scored.criteria.size) {
    $("scores").closest(".part").hidden = false; // for its controls
    $("unscored").textContent = `No line has ${byTime ? "training times and " : ""}scores of criterion ${score.criterion} on dataset ${score.dataset}.`;
  }
  drawLegend();
  lastValues(loss);
  light(null);
  tellControls({ rows, losses, log, mean });
  tellNotes(lines, losses, loss, scores, score, byTime);
}

function drawPart(id, series, all, chart) {
  const part = $(id).closest(".part");
  part.hidden = $(id).hidden = part.querySelector(".files").hidden = series.length === 0;
  compare.views ||= {};
  compare.views[id] = null;
  if (!series.length) return;
  const view = compare.views[id] = draw($(id), { ...chart, series });
  const zoom = (range) => {
    if (range) range = [Math.max(range[0], all[0]), Math.min(range[1], all[1])];
    if (range && !(range[1] - range[0] > 1e-9 * Math.max(Math.abs(range[0]), Math.abs(range[1])))) return;
    shown.zoom = range && (range[0] > all[0] || range[1] < all[1]) ? range : null;
    keepFocus(view.picture, () => { compare(); return compare.views[id].picture; });
    remember();
  };
  follow(view, (values, y, x) => {
    const close = values && closest(view, values, y ?? null);
    view.readout.textContent = values ? told(view, values, x, close) : "";
    if (!values) return lastValues(compare.views.loss ? compare.views.loss.series : []);
    const texts = values.filter(({ i }) => i >= 0).map(({ s, i }) => [s.key, s.loss ? lossTexts(s, i) : scoreTexts(s, i)]);
    legendValues(id === "loss" ? ["Mean", "Loss"] : ["Score", "Parameters"], new Map(texts));
    if (series.length > styles && !shown.lit) light(close ? close.s.line : null);
  }, zoom, (values, y) => {
    const close = closest(view, values, y);
    keepLit(close ? close.s.line : null);
    drawLegend(); // may not have had the line
    lastValues(compare.views.loss ? compare.views.loss.series : []);
    light(null);
    const lit = document.querySelector("#legend .lit");
    if (lit) $("legend").scrollTop = lit.offsetTop - lit.parentNode.offsetTop;
  });
}

const valueText = (v) => (Number.isNaN(v) ? "no value" : brief(v));

// lossTexts returns the mean around a point of a loss, and the losses of the point's rows.
function lossTexts({ y, loss }, i) {
  return [valueText(y[i]), loss.low && !Number.isNaN(loss.low[i]) ? `${brief(loss.low[i])} to ${brief(loss.high[i])}` : valueText(loss.y[i])];
}

const scoreTexts = ({ y, parameters }, i) => [valueText(y[i]), parameters && !Number.isNaN(parameters[i]) ? parameters[i] : "–"];

// lastValues shows the end of each loss in the legend.
function lastValues(series) {
  const texts = (s) => {
    const [mean, loss] = lossTexts(s, s.y.length - 1);
    return [mean, s.line.generation === 0 ? brief(s.line.run.last) : loss];
  };
  legendValues(["Last mean", "Last loss"], new Map(series.map((s) => [s.key, texts(s)])));
}

// meanText says how many rows are smoothed; lines whose points stand for many rows have more.
function meanText(rows, losses) {
  const each = losses.map((l) => Math.min(pointsOf(rows, l) * l.rows, l.all)), least = Math.min(...each), most = Math.max(...each);
  if (!losses.length || most === 1) return "every row";
  return `mean of ${least === most ? whole(least) : `${whole(least)} to ${whole(most)}`} rows`;
}

function tellControls({ rows, losses, log, mean }) {
  const longest = Math.max(...losses.map((l) => l.all), 1);
  $("smooth").min = Math.max(steps.findLastIndex((s) => s <= Math.min(...losses.map((l) => l.rows))), 0);
  $("smooth").max = Math.max(steps.findIndex((s) => s >= longest / 4), 1);
  $("smooth").value = steps.indexOf(steps.findLast((s) => s <= rows) || 1);
  $("smooth").setAttribute("aria-valuetext", mean);
  $("smoothed").textContent = mean;
  $("log").checked = log;
  $("x").value = shown.x || "";
  $("whole").hidden = !shown.zoom;
}

// tellNotes says what is thinned, grey or missing.
function tellNotes(lines, losses, loss, scores, score, byTime) {
  $("compared").textContent = `${counted(lines.length, "line")} compared`;
  const notes = [], most = Math.max(...losses.map((l) => l.rows));
  if (most > 1) {
    notes.push(`Up to ${whole(most)} rows are one point. The line is a mean of their losses; the shade behind it reaches from the lowest loss to the highest. ` +
      "Zooming in shows the same points, because the page does not have the rows between them.");
  } else if (losses.length) notes.push("The page has every row of these losses.");
  const together = Math.max(...lines.map(({ line }) => (line.owner.scores || {}).together || 0));
  if (scores.length) notes.push(`Scores are the ${score.end.word} of all post-processing parameters${together > 1 ? `, and of up to ${whole(together)} validations together` : ""}.`);
  if (scores.length && !score.end.best) notes.push(`The page does not know which score of criterion ${score.criterion} is the best; choose it.`);
  const without = lines.length - loss.length;
  if (without) notes.push(`${counted(without, "line has", "lines have")} no ${byTime ? "training times" : "loss"}.`);
  $("notes").textContent = notes.join(" ");
  $("warning").hidden = lines.length <= styles && !shown.unknown;
  const warnings = [];
  if (lines.length > styles) warnings.push(`Only the first ${styles} lines have colours; ${counted(lines.length - styles, "more is", "more are")} thin and grey. Point at one, or at its name, to highlight it.`);
  if (shown.unknown) warnings.push(`The link names ${counted(shown.unknown, "line")} that this page does not have.`);
  $("warning").textContent = warnings.join(" ");
}
