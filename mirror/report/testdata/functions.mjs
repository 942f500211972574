// Tests of the page's functions that need no browser: node --test functions.mjs
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const names = ["number", "scale", "curve", "filter", "fragment", "chart", "choice", "score", "compare", "save"];
const style = readFileSync(new URL("../page/page.css", import.meta.url), "utf8");
const script = names.map((name) => readFileSync(new URL(`../page/${name}.js`, import.meta.url), "utf8")).join("");
const page = (0, eval)(`${script}; ({ numbers, runningMean, timesOf, nearest, bestOf, globOf, filterOf, encode, decode, ticks, range, apart, csvOf,
  brief, unitOf, linePath, learnScores, scored, shown, scoring, scoreOf, bestOptions, usualRows, labelled, bandPath, chosen, choose, styles })`);

test("numbers come back as Go wrote them", () => {
  assert.deepEqual([...page.numbers([4, 0.5, 2, 6])], [0.5, 2.5, 4.5, 6]);
  assert.deepEqual([...page.numbers([0, 0, 0, 0])], []);
  assert.deepEqual([...page.numbers("u1AAP/")], [0, 3, 255]);
  assert.deepEqual([...page.numbers("u2AAADAAAB")], [0, 3, 256]);
  assert.deepEqual([...page.numbers("f4AADAfwAAgD8AAABA")], [NaN, 1, 2]);
});

test("a running mean is that of the rows around", () => {
  assert.deepEqual([...page.runningMean([1, 2, 3, 4, 5], 3)], [1.5, 2, 3, 4, 4.5]);
  assert.deepEqual([...page.runningMean([1, 3, 5], 2)], [2, 4, 5]);
  assert.deepEqual([...page.runningMean([1, NaN, 3], 3)], [1, NaN, 3]);
  assert.deepEqual([...page.runningMean([NaN], 9)], [NaN]);
  assert.deepEqual([...page.runningMean([], 9)], []);
  const spoiled = page.runningMean([1e300, 0.1, 0.1, 0.1, 0.1, 0.1], 2);
  assert.equal(spoiled[3], 0.1);
});

test("the usual mean takes fewer rows in a zoom", () => {
  const loss = { all: 10_000, rows: 10, x: Array.from({ length: 1000 }, (_, i) => 10 * i), time: Array.from({ length: 1000 }, (_, i) => i) };
  assert.equal(page.usualRows([loss]), 50);
  assert.equal(page.usualRows([loss], [0, 2000]), 10);
  assert.equal(page.usualRows([loss], [0, 200], true), 10);
  assert.equal(page.usualRows([loss], [-5, -1]), 1);
  assert.equal(page.usualRows([], [0, 1]), 1);
});

test("times are read between the points of a loss", () => {
  const loss = { x: [0, 10, 20], time: [1, 11, 31] };
  assert.deepEqual([...page.timesOf([-5, 5, 10, 15, 99], loss)], [1, 6, 11, 21, 31]);
  assert.equal(page.timesOf([1], { x: [0] }), null);
  assert.equal(page.timesOf([1], null), null);
});

test("the best parameters have the lowest or the highest score", () => {
  const series = { dataset: 0, label: "voi", low: [2, 1, 0, 2], high: [2, 5, 1, 6], low_at: [2, 3, 0, 3], high_at: [2, 4, 0, 4] };
  const owner = { scores: { x: [2, 10, 0, 20], series: [series, { dataset: 1, label: "voi", low: [2, 7, 0, 8] }] } };
  const of = (dataset, side) => { const b = page.bestOf(owner, dataset, "voi", side); return [[...b.y], b.parameters && [...b.parameters]]; };
  assert.deepEqual(of(0, "min"), [[1, 2], [3, 3]]);
  assert.deepEqual(of(0, "max"), [[5, 6], [4, 4]]);
  assert.deepEqual(of(1, "max"), [[7, 8], undefined]);
  assert.equal(page.bestOf(owner, 9, "voi", "max"), null);
  assert.equal(page.bestOf({}, 0, "voi", "max"), null);
});

test("nothing is the best without a direction", () => {
  const run = (criteria, ...series) => ({ criteria, scores: { series: series.map(([dataset, criterion, low, high]) => ({ dataset, criterion, lowest: { score: low }, highest: { score: high } })) } });
  const runs = [run(1, [0, 0, 1, 2], [0, 1, 3, 4]), run(2, [0, 0, 5, 6], [1, 0, "NaN", "NaN"]), run(0, [0, 0, 7, 8])];
  page.learnScores({ criteria: [[{ label: "voi", best: "min" }, { label: "x" }], [{ label: "x", best: "max" }]], runs });
  assert.deepEqual([...page.scored.criteria], [["voi", "min"], ["x", ""], ["0", ""]]);
  assert.deepEqual(page.scored.datasets, [0, 1]);
  const of = (changes) => {
    Object.assign(page.shown, { criterion: undefined, dataset: undefined, best: undefined }, changes);
    const { title, word } = page.scoring().end;
    return [title, word, ...runs.map((r) => (page.scoreOf(r) || {}).score)];
  };
  assert.deepEqual(of({}), ["Best", "lowest", 1, undefined, undefined]);
  assert.deepEqual(of({ criterion: "x" }), ["Highest", "highest", 4, 6, undefined]);
  assert.deepEqual(of({ criterion: "x", best: "min" }), ["Best", "lowest", 3, 5, undefined]);
  assert.deepEqual(of({ criterion: "0" }), ["Highest", "highest", undefined, undefined, 8]);
  assert.deepEqual(of({ criterion: "x", dataset: 1 }), ["Highest", "highest", undefined, undefined, undefined]);
  assert.deepEqual(of({ criterion: "2" }), of({ criterion: "0" }), "a link from before the criteria had names");
  assert.deepEqual(of({ criterion: "gone", best: "max" }), ["Best", "lowest", 1, undefined, undefined]);
  assert.deepEqual([page.bestOptions("voi").length, page.bestOptions("x").length], [2, 3]);
});

test("the nearest point is none beyond the ends", () => {
  assert.deepEqual([-2, -1, 4, 6, 31, 99].map((v) => page.nearest([0, 10, 30], v)), [0, 0, 0, 1, 2, -1]);
  assert.equal(page.nearest([], 1), -1);
  assert.equal(page.nearest([5], 5), 0);
});

test("a pattern is for the whole name, a word for a part", () => {
  const runs = ["cells-unet-16", "cells-unet-32", "mito [a] 16", "mito-16-old"].map((text) => ({ lower: text, searched: text + " current" }));
  const found = (text) => runs.filter(page.filterOf(text)).map((r) => r.lower);
  assert.deepEqual(found("cells-*-16"), ["cells-unet-16"]);
  assert.deepEqual(found("*-16"), ["cells-unet-16"]);
  assert.deepEqual(found("16 CELLS"), ["cells-unet-16"]);
  assert.deepEqual(found("cells-unet-[1-2]?"), ["cells-unet-16"]);
  assert.deepEqual(found("cells-unet-[!1]?"), ["cells-unet-32"]);
  assert.deepEqual(found("[a]"), ["mito [a] 16"]);
  assert.deepEqual(found("["), ["mito [a] 16"]);
  assert.equal(found(" ").length, 4);
  const begun = Date.now();
  assert.equal(page.globOf("*a".repeat(100) + "b")("a".repeat(5000)), false);
  assert.ok(Date.now() - begun < 2000, "a hostile pattern takes long");
});

test("an address shows again what it was made from", () => {
  const state = {
    lines: [{ run: "a b&=#%\n</script>", generation: 0 }, null, { run: "3 x", generation: 0 }, { run: "3 x", generation: 12 }],
    search: "cells-* NaN", sort: "-last", scale: "log", x: "time", smooth: 50, zoom: [100, 2500.5], criterion: "voi & co", dataset: 1, best: "min", lit: { run: "3 x", generation: 12 },
  };
  assert.deepEqual(page.decode(page.encode(state)), state);
  assert.equal(page.encode({ lines: [] }), "");
  assert.deepEqual(page.decode(page.encode({ all: true, search: "x", lines: state.lines })), { lines: [], all: true, search: "x" });
  assert.deepEqual(page.decode("scale=odd&smooth=-1&zoom=5..1&zoom=1..Infinity&dataset=1e9&generation=x&unknown=1"), { lines: [null] });
});

test("ticks end, for ranges in which adding 1 changes nothing", () => {
  const ranges = [[0, 1], [1e16, 1e16 + 2], [2 ** 62, 2 ** 62 + 1024], [-1e300, 1e300], [1e300, 1.0000001e300], [-(2 ** 63), 2 ** 63]];
  const all = ranges.map(([low, high]) => page.ticks(low, high, false, 5));
  for (const v of [0, 5e-324, 2 ** 53, 2 ** 63, -(2 ** 63), 1e300, 1.797e308, -1.797e308]) {
    const [low, high] = page.range([{ y: [v], low: [-1.797e308], high: [1.797e308] }], false), [first, last] = page.apart(v);
    assert.ok(low < high && first < last, `${v} is on a scale from ${low} to ${high}`);
    all.push(page.ticks(low, high, false, 5), page.ticks(first, last, false, 5));
  }
  for (const v of [5e-324, 1, 1.797e308]) {
    const [low, high] = page.range([{ y: [v] }], true);
    assert.ok(low < high && low > 0, `${v} is on a logarithmic scale from ${low} to ${high}`);
    all.push(page.ticks(low, high, true, 5));
  }
  for (const t of all) assert.ok(t.length >= 1 && t.length <= 12, `${t.length} ticks`);
});

test("the labels of ticks differ", () => {
  const of = (...ticks) => page.labelled(ticks).map(([, label]) => label);
  assert.deepEqual(of(0, 5000, 10_000), ["0", "5k", "10k"]);
  assert.deepEqual(of(61_234, 61_236), ["61.234k", "61.236k"]);
  assert.deepEqual(of(0.123412, 0.123414), ["0.123412", "0.123414"]);
  assert.deepEqual(of(0.001, 0.01, 0.1, 1), ["0.001", "0.01", "0.1", "1"]);
  assert.deepEqual(of(1e-9, 2e-9), ["1e−9", "2e−9"]);
  assert.deepEqual([of(1), of(0), of()], [["1"], ["0"], []]);
});

test("outliers behind a line leave it readable", () => {
  const [low, high] = page.range([{ y: [1, 2], low: [-1000, 1], high: [2, 1000] }], false);
  assert.ok(low > 0 && high < 3, `${low} to ${high}`);
});

test("a path keeps the extremes of each column of pixels, and gaps", () => {
  const view = { X: (x) => x / 10, Y: (y) => y, log: false };
  const x = [0, 1, 2, 3, 4, 10, 20], y = [1, 9, 0, 5, 2, NaN, 3];
  assert.equal(page.linePath({ x, from: 0, to: 7 }, y, view), "M0,1L0.1,9L0.2,0L0.4,2M2,3h1.6");
  assert.equal(page.bandPath({ x, low: y, high: y.map((v) => v + 1), from: 0, to: 7 }, view), "");
  assert.equal(page.bandPath({ x: [0, 10], low: [1, 2], high: [3, 4], from: 0, to: 2 }, view), "M0,3L1,4L1,2L0,1Z");
});

test("lines keep their colours; a grey one takes a free one", () => {
  const lines = Array.from({ length: 14 }, (_, i) => ({ i }));
  page.choose(lines.slice(0, 3), true);
  page.choose([lines[1]], false);
  assert.deepEqual(page.chosen.places, [lines[0], null, lines[2]]);
  page.choose([lines[0], lines[5]], true);
  assert.deepEqual(page.chosen.places, [lines[0], lines[5], lines[2]]);
  page.choose(lines, true);
  const grey = page.chosen.places[12];
  page.choose([lines[2]], false);
  assert.equal(page.chosen.places[2], grey);
  page.choose(lines, false);
  assert.deepEqual(page.chosen.places, []);
});

test("cells are quoted", () => {
  assert.equal(page.csvOf([["a,b", 'say "x"', "two\nlines"], [1, null, NaN], [0.1, "", -1e-9]]), '"a,b","say ""x""","two\nlines"\r\n1,,\r\n0.1,,-1e-9\r\n');
});

test("times have a unit of their size", () => {
  assert.deepEqual([30, 300, 8000, 1e6].map((t) => page.unitOf(t)[0]), ["seconds", "minutes", "hours", "days"]);
});

// The matrices are those of Machado, Oliveira and Fernandes (2009) for a complete lack of one kind of cones.
test("colour-blind people tell the hues apart", () => {
  const kinds = {
    none: [1, 0, 0, 0, 1, 0, 0, 0, 1],
    protanopia: [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
    deuteranopia: [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881],
    tritanopia: [1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.3039],
  };
  const linear = (hex) => (hex.length === 3 ? [...hex].map((c) => c + c) : hex.match(/../g)).map((c) => parseInt(c, 16) / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
  const lab = ([r, g, b]) => {
    const f = (t) => (t > 0.008856 ? Math.cbrt(t) : 7.787 * t + 16 / 116);
    const [x, y, z] = [0.4124 * r + 0.3576 * g + 0.1805 * b, 0.2126 * r + 0.7152 * g + 0.0722 * b, 0.0193 * r + 0.1192 * g + 0.9505 * b];
    return [116 * f(y) - 16, 500 * (f(x / 0.9505) - f(y)), 200 * (f(y) - f(z / 1.089))];
  };
  const luminance = (hex) => { const [r, g, b] = linear(hex); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const papers = /--paper: light-dark\(#(\w+), #(\w+)\)/.exec(style).slice(1);
  for (const theme of [0, 1]) {
    const hues = [...style.matchAll(/--line\d: light-dark\(#(\w+), #(\w+)\)/g)].map((m) => m[theme + 1]);
    assert.equal(hues.length, 6);
    for (const hue of hues) {
      const [a, b] = [luminance(hue), luminance(papers[theme])].sort((x, y) => y - x);
      assert.ok((a + 0.05) / (b + 0.05) >= 3, `#${hue} is hard to see`);
    }
    for (const [kind, m] of Object.entries(kinds)) {
      const seen = hues.map((hue) => { const c = linear(hue); return lab([0, 3, 6].map((i) => Math.min(Math.max(m[i] * c[0] + m[i + 1] * c[1] + m[i + 2] * c[2], 0), 1))); });
      for (let i = 0; i < seen.length; i++) {
        for (let j = 0; j < i; j++) {
          const distance = Math.hypot(...seen[i].map((v, n) => v - seen[j][n]));
          assert.ok(distance > 20, `with ${kind}, #${hues[i]} and #${hues[j]} are ${distance.toFixed(1)} apart`);
        }
      }
    }
  }
});
