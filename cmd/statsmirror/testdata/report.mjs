// Uses a page of report as a person does, in headless Chromium, and prints as JSON what
// was seen of it: node report.mjs PAGE.html DIR NAME, of a run to open. Screenshots go
// to DIR.
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const require = createRequire(join(process.env.STATSMIRROR_NODE_MODULES, "x"));
const puppeteer = require("puppeteer-core");
const [page, dir, name] = process.argv.slice(2);

const browser = await puppeteer.launch({
  executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-dev-shm-usage"],
});
const seen = { complaints: [], requests: [], alerts: 0 };
try {
  const tab = await browser.newPage();
  tab.on("console", (message) => seen.complaints.push(message.text()));
  tab.on("pageerror", (error) => seen.complaints.push(String(error)));
  tab.on("request", (request) => seen.requests.push(request.url()));
  tab.on("dialog", (dialog) => { seen.alerts++; dialog.dismiss(); });
  await tab.setViewport({ width: 1280, height: 900 });
  await tab.emulateMediaFeatures([{ name: "prefers-color-scheme", value: "light" }]);
  await tab.goto(pathToFileURL(page));
  seen.ready = await tab.$eval("html", (e) => Number(e.dataset.ready));
  seen.painted = await tab.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => setTimeout(() => resolve(Math.round(performance.now())), 0))));
  await look(tab);
} finally {
  await browser.close();
}
console.log(JSON.stringify(seen));

async function look(tab) {
  const names = () => tab.$$eval("#runs .run:not([hidden]) .open", (all) => all.map((e) => e.textContent));
  const shot = (file, fullPage = false) => tab.screenshot({ path: join(dir, file), fullPage });
  const background = () => tab.$eval("body", (e) => getComputedStyle(e).backgroundColor);
  seen.names = await names();
  seen.title = await tab.title();
  seen.injected = await tab.$$eval("img, #runs script, #runs b", (all) => all.length);
  await shot("table.png");

  await tab.type("#search", name);
  seen.found = await names();
  seen.count = await tab.$eval("#count", (e) => e.textContent);
  await tab.$eval("#search", (e) => { e.value = ""; e.dispatchEvent(new Event("input")); });

  const by = "#runs thead th[data-key=trained]";
  await tab.click(by + " button");
  seen.descending = [await tab.$eval(by, (e) => e.getAttribute("aria-sort")), (await names())[0]];
  await tab.click(by + " button");
  seen.ascending = [await tab.$eval(by, (e) => e.getAttribute("aria-sort")), (await names())[0]];
  await tab.click("#runs thead th[data-key=last] button");

  seen.drawnBefore = await tab.$$eval("figure", (all) => all.length);
  await tab.type("#search", name);
  await tab.focus("#runs .run:not([hidden]) .open");
  await tab.keyboard.press("Enter");
  await tab.waitForSelector("figure svg path.curve");
  seen.expanded = await tab.$eval("#runs .run:not([hidden]) .open", (e) => e.getAttribute("aria-expanded"));
  seen.parts = await tab.$$eval(".detail h2", (all) => all.map((e) => e.textContent));
  seen.marks = await tab.$$eval("figcaption .bad", (all) => all.map((e) => e.textContent));
  const lossLine = () => tab.$eval("figure path.curve", (e) => e.getAttribute("d"));
  const before = await lossLine();
  await tab.click(".switches input");
  seen.logChanges = before !== await lossLine();
  await tab.click(".switches input");
  seen.story = await tab.$$eval(".story", (all) => all.slice(1).map((e) => e.textContent));
  await tab.$eval("figure svg", (e) => e.focus());
  await tab.keyboard.press("ArrowRight");
  seen.readout = await tab.$eval(".readout", (e) => e.textContent);
  await shot("run.png", true);

  const light = await background();
  await tab.click("#theme");
  seen.switched = light !== await background();
  await shot("dark.png", true);
  await tab.click("#theme");
  await tab.emulateMediaFeatures([{ name: "prefers-color-scheme", value: "dark" }]);
  await tab.$eval("html", (e) => { delete e.dataset.theme; });
  seen.follows = light !== await background();
  await tab.emulateMediaFeatures([{ name: "prefers-color-scheme", value: "light" }]);

  await tab.setViewport({ width: 375, height: 740 });
  await tab.waitForFunction(() => document.querySelector("figure svg").getBoundingClientRect().right <= innerWidth);
  seen.phone = await tab.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  await shot("phone-run.png", true);
  await tab.$eval("#search", (e) => { e.value = ""; e.dispatchEvent(new Event("input")); });
  await tab.click("#runs .open[aria-expanded=true]");
  seen.phoneTable = await tab.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  await shot("phone.png");
  await tab.setViewport({ width: 1280, height: 900 });
  await tab.type("#search", name);
  await tab.click("#runs .run:not([hidden]) .open");
  seen.pdf = (await tab.pdf({ path: join(dir, "print.pdf"), format: "A4" })).length;
}
