// Uses a page of report as a person does, in headless Chromium, and prints as JSON what
// was seen of it: node report.mjs PAGE.html DIR NAME, of a run to open. Screenshots go
// to DIR.
import { mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const require = createRequire(join(process.env.STATSMIRROR_NODE_MODULES, "x"));
const puppeteer = require("puppeteer-core");
const [page, dir, name] = process.argv.slice(2);
const downloads = mkdtempSync(join(dir, "downloads-"));

const browser = await puppeteer.launch({
  executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-dev-shm-usage"],
});
const seen = { complaints: [], requests: [], alerts: 0 };
try {
  const session = await browser.target().createCDPSession();
  await session.send("Browser.setDownloadBehavior", { behavior: "allow", downloadPath: downloads });
  const tab = await opened("");
  seen.ready = await tab.$eval("html", (e) => Number(e.dataset.ready));
  seen.painted = await tab.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => setTimeout(() => resolve(Math.round(performance.now())), 0))));
  await look(tab);
  await compare(await opened(""));
} finally {
  await browser.close();
}
console.log(JSON.stringify(seen));

// opened opens the page in a new tab, with a fragment.
async function opened(fragment) {
  const tab = await browser.newPage();
  tab.setDefaultTimeout(120_000); // the machine may be busy
  tab.on("console", (message) => seen.complaints.push(message.text()));
  tab.on("pageerror", (error) => seen.complaints.push(String(error)));
  tab.on("request", (request) => { if (!request.url().startsWith("blob:")) seen.requests.push(request.url().replace(/#.*/, "")); });
  tab.on("dialog", (dialog) => { seen.alerts++; dialog.dismiss(); });
  await tab.setViewport({ width: 1280, height: 900 });
  await tab.emulateMediaFeatures([{ name: "prefers-color-scheme", value: "light" }]);
  await tab.goto(pathToFileURL(page) + fragment);
  return tab;
}

async function names(tab) {
  return tab.$$eval("#runs .run:not([hidden]) .open", (all) => all.map((e) => e.textContent));
}

async function shot(tab, file, fullPage = false) {
  await tab.screenshot({ path: join(dir, file), fullPage });
}

async function clearSearch(tab) {
  await tab.$eval("#search", (e) => { e.value = ""; e.dispatchEvent(new Event("input")); });
}

async function look(tab) {
  const background = () => tab.$eval("body", (e) => getComputedStyle(e).backgroundColor);
  seen.names = await names(tab);
  seen.title = await tab.title();
  seen.injected = await tab.$$eval("img, #runs script, #runs b", (all) => all.length);
  await shot(tab, "table.png");

  await tab.type("#search", name);
  seen.found = await names(tab);
  seen.count = await tab.$eval("#count", (e) => e.textContent);
  await clearSearch(tab);

  const by = "#runs thead th[data-key=trained]";
  await tab.click(by + " button");
  seen.descending = [await tab.$eval(by, (e) => e.getAttribute("aria-sort")), (await names(tab))[0]];
  await tab.click(by + " button");
  seen.ascending = [await tab.$eval(by, (e) => e.getAttribute("aria-sort")), (await names(tab))[0]];
  await tab.click("#runs thead th[data-key=last] button");

  // the best score of each run, by mouse and by keyboard; the run without scores stays last
  seen.scores = [];
  const score = async () => {
    const [head, sorted] = await tab.$eval("#runs thead th[data-key=score]", (e) => [`${e.firstChild.textContent} ${e.lastChild.textContent}`.trim(), e.getAttribute("aria-sort")]);
    const all = await tab.$$eval("#runs .run", (rows) => [rows[0], rows.at(-2), rows.at(-1)].map((row) => row.querySelector(".open").textContent + " " + row.cells[5].textContent));
    seen.scores.push([head, sorted, ...all].join(", "));
  };
  await tab.click("#runs thead th[data-key=score] button");
  await score();
  await tab.keyboard.press("Enter");
  await score();
  await tab.select("#tools .criterion", "voi");
  await score();
  await tab.select("#tools .criterion", "other");
  await score();
  await tab.select("#tools .dataset", "1");
  await tab.select("#tools .best", "min");
  await score();
  await tab.waitForFunction(() => location.hash.includes("best=min"));
  seen.scores.push(new URL(tab.url()).hash);
  const linked = await opened(new URL(tab.url()).hash);
  seen.scores.push(String(await tab.$eval("#runs", (e) => e.innerText) === await linked.$eval("#runs", (e) => e.innerText)));
  await linked.close();
  await tab.bringToFront();
  await shot(tab, "scores.png");

  seen.drawnBefore = await tab.$$eval("figure > svg", (all) => all.length);
  await tab.type("#search", name);
  await tab.focus("#runs .run:not([hidden]) .open");
  await tab.keyboard.press("Enter");
  await tab.waitForSelector(".detail figure svg path.curve");
  seen.expanded = await tab.$eval("#runs .run:not([hidden]) .open", (e) => e.getAttribute("aria-expanded"));
  seen.parts = await tab.$$eval(".detail h2", (all) => all.map((e) => e.firstChild.textContent.trim()));
  seen.marks = await tab.$$eval(".detail figcaption .bad", (all) => all.map((e) => e.textContent));
  const lossLine = () => tab.$eval(".detail figure path.curve", (e) => e.getAttribute("d"));
  const before = await lossLine();
  await tab.click(".detail .switches input");
  seen.logChanges = before !== await lossLine();
  await tab.click(".detail .switches input");
  seen.story = await tab.$$eval(".story", (all) => all.slice(1).map((e) => e.textContent));
  await tab.$eval(".detail figure svg", (e) => e.focus());
  await tab.keyboard.press("ArrowRight");
  seen.readout = await tab.$eval(".detail .readout", (e) => e.textContent);
  await shot(tab, "run.png", true);

  const light = await background();
  await tab.click("#theme");
  seen.switched = light !== await background();
  await shot(tab, "dark.png", true);
  await tab.click("#theme");
  await tab.emulateMediaFeatures([{ name: "prefers-color-scheme", value: "dark" }]);
  await tab.$eval("html", (e) => { delete e.dataset.theme; });
  seen.follows = light !== await background();
  await tab.emulateMediaFeatures([{ name: "prefers-color-scheme", value: "light" }]);

  await tab.setViewport({ width: 375, height: 740 });
  await tab.waitForFunction(() => document.querySelector(".detail figure svg").getBoundingClientRect().right <= innerWidth);
  seen.phone = await tab.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  await shot(tab, "phone-run.png", true);
  await clearSearch(tab);
  await tab.click("#runs .open[aria-expanded=true]");
  seen.phoneTable = await tab.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  await shot(tab, "phone.png");
  await tab.setViewport({ width: 1280, height: 900 });
  await tab.type("#search", name);
  await tab.click("#runs .run:not([hidden]) .open");
  seen.pdf = (await tab.pdf({ path: join(dir, "print.pdf"), format: "A4" })).length;
  await tab.close();
}

// compare lays three runs over each other, and then all.
async function compare(tab) {
  const text = (selector) => tab.$eval(selector, (e) => e.textContent);
  const lines = (figure) => tab.$$eval(`#${figure} .series .curve`, (all) => all.map((e) => e.getAttribute("d")).sort());
  const ticks = () => tab.$$eval("#loss text", (all) => all.map((e) => e.textContent).join(" "));
  const box = async (selector) => (await tab.$(selector)).boundingBox();
  const drag = async (from, to) => {
    const { x, y, width, height } = await box("#loss svg");
    await tab.mouse.move(x + width * from, y + height / 2);
    await tab.mouse.down();
    await tab.mouse.move(x + width * to, y + height / 2, { steps: 5 });
    await tab.mouse.up();
  };

  // three runs: two with a click, one with the keyboard
  await tab.type("#search", "cells-unet-001?");
  const chosen = await tab.$$("#runs .run:not([hidden]) .choose");
  await chosen[0].click();
  await chosen[2].click();
  await chosen[2].press("ArrowDown");
  await tab.keyboard.press("Space");
  await tab.waitForSelector("#loss svg path.curve");
  seen.compared = [await text("#compared"), ...await tab.$$eval("#legend .key", (all) => all.map((e) => e.textContent))];
  seen.colours = await tab.$$eval("#loss .curve", (all) => new Set(all.map((e) => getComputedStyle(e).stroke)).size);
  await shot(tab, "compare.png");

  const all = await ticks(), before = await lines("loss");
  await tab.focus("#smooth");
  await tab.keyboard.press("Home");
  seen.unsmoothed = await text("#smoothed");
  for (let i = 0; i < 4; i++) await tab.keyboard.press("ArrowRight");
  seen.smoothChanges = String(before) !== String(await lines("loss"));
  seen.smoothed = await text("#smoothed");

  // a press keeps the line at the pointer highlighted
  const middle = await tab.$eval("#loss .curve", (e) => { const at = e.getPointAtLength(e.getTotalLength() / 2).matrixTransform(e.getScreenCTM()); return [at.x, at.y]; });
  await tab.mouse.click(...middle);
  seen.pressed = [await tab.$$eval("#legend .key[aria-pressed=true]", (all) => all.length)];
  await tab.mouse.click(...middle);
  seen.pressed.push(await tab.$$eval("#legend .key[aria-pressed=true]", (all) => all.length));

  // values under the pointer, a highlighted line
  const { x, y, width, height } = await box("#loss svg");
  await tab.mouse.move(x + width / 2, y + height / 2);
  await tab.waitForFunction(() => document.querySelector("#loss .readout").textContent !== "");
  seen.values = await tab.$$eval("#legend .number", (all) => all.map((e) => e.textContent));
  await tab.hover("#legend tbody tr:nth-child(2) .key");
  seen.lit = await tab.$$eval("#loss .lit .curve, #scores .lit .curve", (all) => all.length);
  seen.dimmed = await tab.$$eval("#loss > .dimmed, #scores > .dimmed", (all) => all.length);

  await drag(0.4, 0.6);
  seen.zoomed = all !== await ticks();
  await shot(tab, "zoom.png");
  await tab.mouse.click(x + width / 2, y + height / 2, { count: 2 });
  seen.whole = all === await ticks();
  await tab.select("#x", "time");
  const direction = () => tab.$eval("#compare .best", (e) => e.selectedOptions[0].textContent);
  seen.criteria = [...await tab.$$eval("#compare .criterion option", (all) => all.map((e) => e.textContent)), await direction()];
  for (const criterion of ["other", "voi"]) {
    await tab.select("#compare .criterion", criterion);
    seen.criteria.push(await direction());
  }
  await tab.click("#log");
  await drag(0.2, 0.8);
  await tab.waitForFunction(() => location.hash.includes("scale=linear") && location.hash.includes("zoom="));
  seen.fragment = new URL(tab.url()).hash.replace(/zoom=[^&]*/, "zoom=Z");
  await tab.click("#link");
  await tab.waitForFunction(() => document.getElementById("link").textContent === "Copied");

  // the link shows the same
  const again = await opened(new URL(tab.url()).hash), same = async (t) => t.evaluate(() => [
    ...[...document.querySelectorAll("#loss .curve, #scores .curve")].map((e) => e.getAttribute("d")), document.getElementById("legend").textContent, document.getElementById("search").value]);
  seen.linkIsSame = JSON.stringify(await same(tab)) === JSON.stringify(await same(again));
  await again.close();
  await tab.bringToFront();

  for (const button of await tab.$$("#compare .files button")) await button.click();
  const wanted = ["loss.csv", "loss.svg", "scores.csv", "scores.svg"];
  for (let i = 0; i < 100 && !wanted.every((file) => readdirSync(downloads).includes(file)); i++) await new Promise((resolve) => setTimeout(resolve, 100));
  const saved = (file) => readFileSync(join(downloads, file), "utf8");
  seen.csv = wanted.filter((file) => file.endsWith("csv")).map((file) => saved(file).split("\r\n")).map((rows) => [rows[0], rows[1].split(",")[0], String(new Set(rows.slice(1, -1).map((r) => r.split(",")[0])).size)]).flat();
  seen.svg = await Promise.all(wanted.filter((file) => file.endsWith("svg")).map((file) => tab.evaluate((text) => {
    const parsed = new DOMParser().parseFromString(text, "image/svg+xml");
    return [parsed.querySelectorAll("parsererror").length, [...parsed.querySelectorAll("path")].filter((e) => e.getAttribute("d").length > 100).length, parsed.documentElement.textContent.includes("cells-unet-0012")];
  }, saved(file))));

  // generations of one run
  await tab.click("#clear");
  seen.cleared = await tab.$eval("#compare", (e) => e.hidden);
  const generations = async () => { seen.generations.push(...await tab.$$eval("#legend .key", (all) => all.map((e) => e.textContent))); };
  seen.generations = [];
  await tab.click("#runs .run:not([hidden]) .choose");
  await tab.click("#legend .more");
  await generations();
  await tab.click("#clear");
  await tab.click("#runs .run:not([hidden]) .open");
  await tab.click("[aria-label='Compare all generations']");
  await generations();
  await shot(tab, "generations.png");
  await tab.click("#clear");

  // all of a thousand
  await clearSearch(tab);
  const begun = Date.now();
  await tab.click("#pick");
  await tab.waitForSelector("#loss svg path.curve");
  await tab.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 0))));
  seen.many = Date.now() - begun;
  seen.warning = await text("#warning");
  seen.grey = await tab.$$eval("#loss .grey .curve", (all) => all.length);
  await shot(tab, "many.png");
  await tab.waitForFunction(() => location.hash.includes("all="));
  seen.manyFragment = new URL(tab.url()).hash;

  await tab.goto(pathToFileURL(page) + "#sort=none&run=cells-unet-0012&run=cells-unet-0010&generation=1+cells-unet-0010&run=none");
  await tab.reload();
  seen.listed = (await names(tab)).length;
  seen.unknown = await text("#warning");
  await tab.setViewport({ width: 390, height: 844 });
  await tab.waitForFunction(() => document.querySelector("#loss svg").getBoundingClientRect().right <= innerWidth);
  seen.phoneCompare = await tab.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  await shot(tab, "phone-compare.png");
  await tab.setViewport({ width: 1280, height: 900 });
  await tab.click("#theme");
  await shot(tab, "dark-compare.png");
  await tab.pdf({ path: join(dir, "compare.pdf"), format: "A4" });
}
