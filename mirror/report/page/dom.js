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

const $ = (id) => document.getElementById(id);

function button(text, pressed, attributes) {
  const e = element("button", { type: "button", ...attributes }, text);
  e.addEventListener("click", pressed);
  return e;
}

// choice returns a select in its label, and the select.
function choice(label, options, changed) {
  const select = element("select");
  offer(select, options);
  select.addEventListener("change", changed);
  return [element("label", {}, label + " ", select), select];
}

// offer replaces the options of a select. It keeps the chosen one if that is still there.
function offer(select, options) {
  const before = select.value;
  select.replaceChildren(...options.map(([value, text]) => element("option", { value }, text)));
  if (options.some(([value]) => String(value) === before)) select.value = before;
}

// tableOf returns a table; numbers lists the columns with numbers.
function tableOf(caption, heads, rows, numbers, classes = {}) {
  const of = (i) => ({ class: numbers.includes(i) ? "number" : classes[i] || "" });
  return element("table", {},
    element("caption", { class: "hidden" }, caption),
    element("thead", {}, element("tr", {}, ...heads.map((h, i) => element("th", { scope: "col", ...of(i) }, h)))),
    element("tbody", {}, ...rows.map((row) => element("tr", {}, ...row.map((cell, i) => element("td", of(i), cell))))));
}
