// Numbers as text.

// brief returns a number with four digits, or another number of them.
function brief(v, digits = 4) {
  if (v === undefined || v === null || Number.isNaN(v)) return "–";
  if (typeof v === "string") return v.replace("-", "−");
  const size = Math.abs(v), plain = size === 0 || (size >= 1e-4 && size < 1e7);
  return (plain ? String(Number(v.toPrecision(digits))) : v.toExponential(digits - 2).replace(/\.?0*e\+?/, "e")).replace(/-/g, "−");
}

// whole returns an integer, shortened if it is too large for a table.
function whole(n) {
  return Math.abs(n) < 1e12 ? Math.round(n).toLocaleString("en") : brief(n);
}

// labelled returns ticks with their labels, which have as many digits as tell them apart.
function labelled(ticks) {
  const power = (v) => Math.floor(Math.log10(v)), step = Math.min(...ticks.slice(1).map((v, i) => v - ticks[i]));
  const digits = power(Math.max(...ticks.map(Math.abs))) - power(step) + 1;
  return ticks.map((v) => [v, short(v, digits > 4 ? Math.min(digits, 15) : 4)]);
}

function short(v, digits) {
  for (const [unit, size] of [["G", 1e9], ["M", 1e6], ["k", 1e3]]) {
    if (Math.abs(v) >= size && Math.abs(v) < 1e12) return Number((v / size).toPrecision(digits)) + unit;
  }
  return brief(v, digits);
}

function counted(n, one, many = one + "s") {
  return `${whole(n)} ${n === 1 ? one : many}`;
}

function stamp(ms) {
  if (!ms) return "–";
  const d = new Date(ms), two = (n) => String(n).padStart(2, "0");
  return `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())} ${two(d.getHours())}:${two(d.getMinutes())}`;
}

// zoned is stamp with the name of the browser's time zone, in which the page shows every time.
function zoned(ms) {
  const parts = new Intl.DateTimeFormat("en", { timeZoneName: "short" }).formatToParts(new Date(ms));
  return `${stamp(ms)} ${parts.find((part) => part.type === "timeZoneName").value}`;
}

// unitOf returns the unit for an axis of times up to most seconds: its name, and its seconds.
function unitOf(most) {
  const units = [["days", 86400], ["hours", 3600], ["minutes", 60]];
  return units.find(([, size]) => most >= 2 * size) || ["seconds", 1];
}
