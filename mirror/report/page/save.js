// What is shown, as files.

// csvOf returns rows as CSV, each cell quoted if that is needed.
function csvOf(rows) {
  const cell = (v) => {
    const text = v === null || v === undefined || Number.isNaN(v) ? "" : String(v);
    return /[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
  };
  return rows.map((row) => row.map(cell).join(",") + "\r\n").join("");
}

// save offers a text as a file.
function save(name, type, text) {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = element("a", { href: url, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

// svgOf returns the picture of a view, with a title and the names of its lines below, as a file
// that needs no style sheet.
function svgOf(view, title, names) {
  const line = 16, head = 24, { width, height, picture } = view;
  const columns = Math.max(1, Math.floor(width / 260)), tall = head + height + Math.ceil(names.length / columns) * line + 8;
  const all = shape("svg", { xmlns: "http://www.w3.org/2000/svg", width, height: tall, viewBox: `0 0 ${width} ${tall}` });
  const style = getComputedStyle(document.body), soft = getComputedStyle(picture.querySelector("text") || picture).fill;
  all.setAttribute("font-family", "Helvetica, Arial, sans-serif");
  all.append(shape("title", {}, title), shape("rect", { width, height: tall, fill: style.backgroundColor }),
    shape("text", { x: 10, y: 16, "font-size": 13, fill: style.color }, title));
  const drawing = shape("g", { transform: `translate(0 ${head})` });
  for (const child of picture.childNodes) if (!child.matches(".cursor, .span, .at")) drawing.append(plain(child));
  all.append(drawing);
  names.forEach(({ name, key }, n) => {
    const x = 10 + (n % columns) * (width / columns), y = head + height + 14 + Math.floor(n / columns) * line;
    const group = shape("g", {}, shape("text", { x: x + 28, y, "font-size": 11, fill: soft }, fitted(name, width / columns - 40)));
    const path = [...picture.querySelectorAll(".curve")].find((e) => e.parentNode.dataset.key === key);
    if (path) {
      const sample = plain(path);
      sample.setAttribute("d", `M${x},${y - 4}h22`);
      group.append(sample);
    }
    all.append(group);
  });
  return new XMLSerializer().serializeToString(all).replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, "\uFFFD");
}

// fitted shortens a name to a width, about six pixels a letter.
function fitted(name, width) {
  const most = Math.max(8, Math.floor(width / 6)), letters = [...name];
  return letters.length <= most ? name : letters.slice(0, most / 2).join("") + "…" + letters.slice(1 - most / 2).join("");
}

// plain returns a copy of a drawn element. Attributes have the place of its style.
function plain(original) {
  const copy = shape(original.tagName, {});
  for (const { name, value } of original.attributes) if (!["class", "tabindex", "data-key"].includes(name)) copy.setAttribute(name, value);
  const style = getComputedStyle(original);
  if (["path", "text", "circle", "rect"].includes(original.tagName)) {
    const names = original.tagName === "text" ? ["fill", "font-size"] : ["fill", "stroke", "stroke-width", "stroke-dasharray", "stroke-linejoin"];
    for (const name of names) copy.setAttribute(name, style.getPropertyValue(name));
  }
  if (style.opacity !== "1") copy.setAttribute("opacity", style.opacity);
  for (const child of original.childNodes) copy.append(child.nodeType === Node.TEXT_NODE ? child.data : plain(child));
  return copy;
}
