// The pointer and the keys on a chart: values, and zoom.

// valuesAt returns the point of each series nearest to x: {s, i}, with i -1 for none.
function valuesAt(view, x) {
  return view.series.map((s) => ({ s, i: nearest(s.x, x) }));
}

// follow shows the values at the pointer, or at the place reached with the arrow keys. It calls
// zoom with the range of x that was dragged over, or with null for all, and press with the values and
// the pointer's y where it was pressed.
// show gets the values and the pointer's y, or null when the pointer has left.
function follow(view, show, zoom, press = () => {}) {
  const { picture, box, X, at } = view;
  const cursor = shape("path", { class: "cursor" }), span = shape("rect", { class: "span", y: box.top, height: box.bottom - box.top });
  const longest = view.series.reduce((a, b) => (b && (!a || b.to - b.from > a.to - a.from) ? b : a), null);
  let begun = null, place = -1, asked = 0;
  const xOf = (event) => Math.min(Math.max(event.clientX - picture.getBoundingClientRect().left, box.left), box.right);
  const point = (i, y) => {
    if (!longest || i < 0) return;
    place = i;
    const x = longest.x[i], pixel = rounded(X(x));
    cursor.setAttribute("d", `M${pixel},${box.top}V${box.bottom}`);
    picture.append(cursor);
    const values = valuesAt(view, x);
    picture.querySelectorAll(".at").forEach((e) => e.remove());
    if (values.length <= styles) {
      for (const { s, i } of values) {
        if (i < 0 || missing(s.y[i], view.log)) continue;
        const inside = X(s.x[i]) >= box.left && X(s.x[i]) <= box.right;
        if (inside) picture.append(shape("circle", { class: `at ${styleOf(s.style)}`, cx: rounded(X(s.x[i])), cy: rounded(view.Y(s.y[i])), r: 3.5 }));
      }
    }
    show(values, y, x);
  };
  const leave = () => {
    cancelAnimationFrame(asked);
    cursor.remove();
    picture.querySelectorAll(".at").forEach((e) => e.remove());
    show(null);
  };
  picture.addEventListener("pointermove", (event) => {
    const x = xOf(event), y = event.clientY - picture.getBoundingClientRect().top;
    if (begun !== null) {
      span.setAttribute("x", Math.min(begun, x));
      span.setAttribute("width", Math.abs(x - begun));
      if (Math.abs(x - begun) > 4) picture.append(span);
    }
    cancelAnimationFrame(asked);
    asked = requestAnimationFrame(() => point(longest ? Math.min(Math.max(firstNear(longest, at(x)), 0), longest.x.length - 1) : -1, y));
  });
  picture.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    if (event.pointerType !== "touch") {
      begun = xOf(event);
      picture.setPointerCapture(event.pointerId);
    }
  });
  picture.addEventListener("pointerup", (event) => {
    const from = begun, to = xOf(event);
    begun = null;
    span.remove();
    if (from === null) return;
    if (Math.abs(to - from) > 4) zoom([at(Math.min(from, to)), at(Math.max(from, to))]);
    else press(valuesAt(view, at(to)), event.clientY - picture.getBoundingClientRect().top);
  });
  picture.addEventListener("pointercancel", () => { begun = null; span.remove(); });
  picture.addEventListener("pointerleave", leave);
  picture.addEventListener("blur", leave);
  picture.addEventListener("dblclick", () => zoom(null));
  picture.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !longest) return;
    const step = { ArrowLeft: -1, ArrowRight: 1, PageUp: -20, PageDown: 20, Home: -Infinity, End: Infinity }[event.key];
    if (step) {
      const [least, most] = [firstFrom(longest.x, view.first), Math.max(firstFrom(longest.x, view.last * (1 + 1e-12)) - 1, 0)];
      point(Math.min(Math.max(place < 0 ? (step > 0 ? least : most) : place + step, least), most), null);
    } else if ("+-−=".includes(event.key)) {
      const middle = place < 0 ? (view.first + view.last) / 2 : longest.x[place];
      const half = (view.last - view.first) * (event.key === "+" || event.key === "=" ? 0.25 : 1);
      zoom([middle - half, middle + half]);
    } else if (event.key === "0" || event.key === "Escape") zoom(null);
    else return;
    event.preventDefault();
  });
}

// keepFocus replaces a picture, and gives the new one the focus if keys are used on the old one.
function keepFocus(picture, replace) {
  const keys = picture.matches(":focus-visible"), next = replace();
  if (keys) next.focus({ preventScroll: true });
}

// firstNear returns the index of the point nearest to x, at an end if x is outside.
function firstNear(s, x) {
  const i = nearest(s.x, x);
  return i >= 0 ? i : x < s.x[0] ? 0 : s.x.length - 1;
}

// told returns values as a sentence: of few series all, of many the nearest to the pointer.
function told(view, values, x, close) {
  const at = view.unit.size === 1 ? whole(x) : `${brief(x / view.unit.size)} ${view.unit.name.replace(/.* /, "")}`;
  const one = ({ s, i }) => {
    const parameters = s.parameters && i >= 0 && !Number.isNaN(s.parameters[i]) ? ` (parameters ${s.parameters[i]})` : "";
    return `${values.length > 1 && s.name ? s.name + " " : ""}${Number.isNaN(s.y[i]) ? "no value" : brief(s.y[i])}${parameters}`;
  };
  const known = values.filter(({ i }) => i >= 0);
  const shown = known.length > 6 ? (close ? [close] : []) : known;
  return `${at}: ${shown.map(one).join(", ")}${known.length > shown.length ? `${shown.length ? ", " : ""}${counted(known.length - shown.length, "other line")}` : ""}`;
}

// closest returns the value whose line is nearest to a y of the picture; null if none is near.
function closest(view, values, y) {
  let found = null, least = 24;
  for (const value of y === null ? [] : values) {
    const { s, i } = value;
    if (i < 0 || missing(s.y[i], view.log)) continue;
    const distance = Math.abs(view.Y(s.y[i]) - y);
    if (distance < least) [found, least] = [value, distance];
  }
  return found;
}
