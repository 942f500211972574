// The numbers of curves.

// numbers decodes what Go's report.Numbers encodes, into an array of numbers. A missing one is NaN.
function numbers(coded) {
  if (Array.isArray(coded)) {
    const [count, first, step, last] = coded, all = new Float64Array(count);
    for (let i = 0; i < count - 1; i++) all[i] = first + i * step;
    if (count) all[count - 1] = last;
    return all;
  }
  const text = atob(coded.slice(2)), bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  const kinds = { u1: Uint8Array, u2: Uint16Array, f4: Float32Array, f8: Float64Array };
  return new kinds[coded.slice(0, 2)](bytes.buffer);
}

// decoded returns an object with its coded arrays decoded. It decodes them once.
const decodings = new WeakMap();
function decoded(coded, names) {
  if (!coded) return null;
  if (!decodings.has(coded)) {
    const object = { ...coded };
    for (const name of names) if (coded[name]) object[name] = numbers(coded[name]);
    decodings.set(coded, object);
  }
  return decodings.get(coded);
}

const lossOf = (owner) => decoded(owner.loss, ["x", "y", "low", "high", "time"]);

// bestOf returns the scores of one series at the end that side says, min or max, with their parameters.
function bestOf(owner, dataset, criterion, side) {
  const series = seriesOf(owner, dataset, criterion);
  if (!series) return null;
  const x = decoded(owner.scores, ["x"]).x, s = decoded(series, ["low", "high", "low_at", "high_at"]);
  const high = side === "max" && s.high;
  return { x, y: high ? s.high : s.low, parameters: high ? s.high_at : s.low_at };
}

// pointsOf returns how many points a running mean of some rows takes in.
function pointsOf(rows, loss) {
  return Math.max(1, Math.round(rows / loss.rows));
}

// runningMean returns the mean of the points around each one; there are fewer at the ends. Missing
// points stay missing, and count in no mean. The sums have twice the digits of a number, so that
// one large value does not spoil what follows.
function runningMean(y, points) {
  if (points <= 1) return y;
  const n = y.length, high = new Float64Array(n + 1), low = new Float64Array(n + 1), count = new Int32Array(n + 1);
  for (let i = 0; i < n; i++) {
    const missing = Number.isNaN(y[i]), v = missing ? 0 : tame(y[i]);
    const sum = high[i] + v, part = sum - high[i];
    high[i + 1] = sum;
    low[i + 1] = low[i] + ((high[i] - (sum - part)) + (v - part));
    count[i + 1] = count[i] + (missing ? 0 : 1);
  }
  const before = Math.floor((points - 1) / 2), after = points - before;
  return Float64Array.from(y, (v, i) => {
    if (Number.isNaN(v)) return NaN;
    const from = Math.max(0, i - before), to = Math.min(n, i + after);
    return ((high[to] - high[from]) + (low[to] - low[from])) / (count[to] - count[from]);
  });
}

// firstFrom returns the index of the first x that is at least v. x ascends.
function firstFrom(x, v) {
  let from = 0, to = x.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    if (x[middle] < v) from = middle + 1; else to = middle;
  }
  return from;
}

// nearest returns the index of the x nearest to v; -1 if v is outside of all.
function nearest(x, v) {
  const n = x.length, i = firstFrom(x, v);
  if (n === 0) return -1;
  const edge = n > 1 ? Math.max((x[n - 1] - x[0]) / (n - 1), 0) : 0.5;
  if (v < x[0] - edge || v > x[n - 1] + edge) return -1;
  return i === n || (i > 0 && v - x[i - 1] < x[i] - v) ? i - 1 : i;
}

// timesOf returns the training time at each iteration, between the points of a loss.
function timesOf(iterations, loss) {
  if (!loss || !loss.time) return null;
  const { x, time } = loss;
  return Float64Array.from(iterations, (v) => {
    const i = firstFrom(x, v);
    if (i === 0) return time[0];
    if (i === x.length) return time[i - 1];
    return time[i - 1] + (time[i] - time[i - 1]) * (v - x[i - 1]) / (x[i] - x[i - 1]);
  });
}
