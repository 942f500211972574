// Ranges and ticks of axes.

// tame keeps differences and quotients of numbers finite.
function tame(v, log) {
  return Math.min(Math.max(v, log ? 1e-300 : -1e300), 1e300);
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
  const least = Math.ceil(low / step); // above 2^53, where adding 1 changes nothing, the loop still ends
  for (let n = 0; n <= wanted; n++) all.push((least + n) * step);
  return all.filter((v, n) => v >= low && v <= high && v !== all[n - 1]);
}

// apart returns a number below v and one above it, even if v is too large to add 1.
function apart(v) {
  const half = Math.max(1, Math.abs(v) / 1e6);
  return [v - half, v + half];
}

// range returns the range of the y axis: all lines, and as much of what is faint behind them as
// leaves the lines readable. series: [{y, low, high, from, to}], the last four optional.
function range(series, log) {
  const at = log ? (v) => Math.log(tame(v, true)) : (v) => tame(v);
  const back = log ? Math.exp : (v) => v;
  let low = Infinity, high = -Infinity, least = Infinity, most = -Infinity;
  const seen = (v) => !Number.isNaN(v) && (!log || v > 0);
  for (const s of series) {
    for (let i = s.from || 0; i < (s.to ?? s.y.length); i++) {
      if (!seen(s.y[i])) continue;
      low = Math.min(low, at(s.y[i]));
      high = Math.max(high, at(s.y[i]));
      if (s.low && seen(s.low[i])) least = Math.min(least, at(s.low[i]));
      if (s.high && seen(s.high[i])) most = Math.max(most, at(s.high[i]));
    }
  }
  if (low === Infinity) return log ? [0.1, 1] : [0, 1];
  const share = 0.3, room = 0.04;
  const spread = high - low || (log ? Math.LN2 : Infinity);
  [low, high] = [Math.min(low, Math.max(least, low - share * spread)), Math.max(high, Math.min(most, high + share * spread))];
  if (low === high) return log ? [back(low) / 2, back(high) * 2].map((v) => tame(v, true)) : apart(low);
  const extra = room * (high - low);
  return [low - extra, high + extra].map((v) => tame(back(v), log));
}
