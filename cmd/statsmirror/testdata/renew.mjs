// Uses a page that report --watch writes again, in headless Chromium, and prints as JSON what was seen
// of it: node renew.mjs URL NEXT. NEXT is a shell command that makes the page change.
import { execSync } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";

const require = createRequire(join(process.env.STATSMIRROR_NODE_MODULES, "x"));
const puppeteer = require("puppeteer-core");
const [url, next] = process.argv.slice(2);

const browser = await puppeteer.launch({
  executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-dev-shm-usage"],
});
const seen = { complaints: [], requests: [] };
try {
  const tab = await browser.newPage();
  tab.setDefaultTimeout(120_000); // the machine may be busy
  tab.on("console", (message) => seen.complaints.push(message.text()));
  tab.on("pageerror", (error) => seen.complaints.push(String(error)));
  tab.on("request", (request) => seen.requests.push(`${request.method()} ${request.url().replace(/#.*/, "")}`));
  await tab.setViewport({ width: 1000, height: 700 });
  await tab.goto(url);
  await renew(tab);
} finally {
  await browser.close();
}
console.log(JSON.stringify(seen));

async function mark(tab) { await tab.evaluate(() => { window.isOld = true; }); }

async function reloaded(tab) {
  await tab.waitForFunction(() => !window.isOld && document.documentElement.dataset.ready);
  await tab.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 100))));
}

// shown is all that a reader would miss.
async function shown(tab) {
  return tab.evaluate(() => JSON.stringify([
    location.hash, document.getElementById("search").value, document.documentElement.dataset.theme, document.getElementById("theme").textContent,
    [...document.querySelectorAll("#loss .curve, #scores .curve, .detail .curve")].map((e) => e.getAttribute("d")),
    document.getElementById("legend").textContent,
    [...document.querySelectorAll("#runs .open[aria-expanded=true]")].map((e) => [e.textContent, Math.round(e.getBoundingClientRect().top)]),
    [...document.querySelectorAll(".detail input:not(.choose), .detail select")].map((e) => [e.checked, e.value]),
    [document.activeElement.id, document.activeElement.selectionStart, document.activeElement.selectionEnd],
  ], null, 1));
}

async function drag(tab, selector, release = true) {
  const { x, y, width, height } = await (await tab.$(selector)).boundingBox();
  await tab.mouse.move(x + width * 0.4, y + height / 2);
  await tab.mouse.down();
  await tab.mouse.move(x + width * 0.7, y + height / 2, { steps: 5 });
  if (release) await tab.mouse.up();
}

async function renew(tab) {
  seen.about = (await tab.$eval("#about", (e) => e.textContent)).replace(/.*;/, "");
  await tab.type("#search", "cells");
  for (const box of await tab.$$("#runs .run:not([hidden]) .choose")) await box.click();
  await tab.waitForSelector("#loss svg path.curve");
  await drag(tab, "#loss svg");
  await tab.click("#theme");
  await tab.click("#runs .run:not([hidden]) .open");
  await tab.waitForSelector(".detail figure svg path.curve");
  await tab.click(".detail .switches input");
  await tab.$eval(".detail figure svg", (e) => e.scrollIntoView());
  await drag(tab, ".detail figure svg");
  await tab.focus("#search");
  await tab.keyboard.press("ArrowLeft");
  await tab.evaluate(() => document.querySelector(".detail").scrollIntoView());
  await tab.mouse.move(2, 2);
  await tab.waitForFunction(() => location.hash.includes("zoom="));
  await mark(tab);
  const before = await shown(tab);
  execSync(next);
  await reloaded(tab);
  const after = await shown(tab);
  seen.same = before === after;
  if (!seen.same) seen.differs = [before, after];
  seen.names = await tab.$$eval("#runs .open", (all) => all.map((e) => e.textContent).sort());
  seen.kept = await tab.evaluate(() => history.state);

  // a drag is not interrupted, however long it takes
  await mark(tab);
  await tab.evaluate(() => document.querySelector("#loss svg").scrollIntoView());
  await drag(tab, "#loss svg", false);
  execSync(next);
  await new Promise((resolve) => setTimeout(resolve, 8000));
  seen.interrupted = !await tab.evaluate(() => window.isOld);
  await tab.mouse.up();
  await tab.mouse.move(2, 2);
  await reloaded(tab);
}
