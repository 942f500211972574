// The small pictures of losses in the table.

const sparkSize = { width: 110, height: 26 };

function emptySpark() {
  const { width, height } = sparkSize;
  return shape("svg", { class: "spark", width, height, viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" });
}

// drawSpark fills the small picture of a run's loss.
function drawSpark(picture, run) {
  const loss = lossOf(run);
  if (!loss || picture.firstChild) return;
  const y = runningMean(loss.y, Math.ceil(loss.y.length / 55)), n = y.length;
  const log = y.every((v) => Number.isNaN(v) || v > 0);
  const [low, high] = range([{ y }], log);
  const view = {
    log, X: (i) => 2 + (n > 1 ? i / (n - 1) : 0.5) * (sparkSize.width - 4),
    Y: (v) => { const at = log ? Math.log : (v) => tame(v); return 2 + (at(high) - at(v)) / (at(high) - at(low)) * (sparkSize.height - 4); },
  };
  picture.append(shape("path", { class: "curve", d: linePath({ x: Array.from(y, (_, i) => i), from: 0, to: n }, y, view) }));
  const first = loss.x[0], last = loss.x[n - 1];
  for (const mark of (loss.marks || []).slice(0, 20)) {
    const x = 2 + (last > first ? (mark.x - first) / (last - first) : 0.5) * (sparkSize.width - 4);
    picture.append(shape("path", { class: "mark", d: `M${rounded(x)},${sparkSize.height - 6}v5` }));
  }
}

// sparksWhenSeen draws each small picture when it comes near the screen, and all before printing.
const sparksWhenSeen = (() => {
  const waiting = new Map();
  const observer = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) if (isIntersecting) fill(target);
  }, { rootMargin: "600px" });
  const fill = (picture) => {
    observer.unobserve(picture);
    drawSpark(picture, waiting.get(picture));
    waiting.delete(picture);
  };
  addEventListener("beforeprint", () => [...waiting.keys()].forEach(fill));
  return (run) => {
    const picture = emptySpark();
    if (run.loss) {
      waiting.set(picture, run);
      observer.observe(picture);
    }
    return picture;
  };
})();
