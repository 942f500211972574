// The search: words, and patterns with *, ? and [abc] for whole names.

// filterOf returns a function that tells whether a run matches every word of a text. A run has its
// name in text and what else is searched in searched, both in lower case.
function filterOf(text) {
  const tests = text.toLowerCase().split(/\s+/).filter((w) => w).map((word) => {
    const glob = /[*?[]/.test(word) ? globOf(word) : null;
    return glob ? (run) => glob(run.lower) || run.searched.includes(word) : (run) => run.searched.includes(word);
  });
  return (run) => tests.every((test) => test(run));
}

// globOf returns a function that tells whether a whole name matches a pattern; null if that has a
// bracket without an end. It never goes back further than to the last star, so it is quick.
function globOf(pattern) {
  const parts = [];
  for (let rest = [...pattern]; rest.length;) {
    const c = rest.shift();
    if (c !== "[") {
      parts.push(c === "*" ? null : (x) => c === "?" || x === c);
      continue;
    }
    const end = rest.indexOf("]", 1);
    if (end < 0) return null;
    const not = rest[0] === "^" || rest[0] === "!", set = rest.slice(not ? 1 : 0, end);
    parts.push((x) => not !== set.some((s, i) => s === x || (s === "-" && i > 0 && i < set.length - 1 && set[i - 1] <= x && x <= set[i + 1])));
    rest = rest.slice(end + 1);
  }
  return (name) => {
    const letters = [...name];
    let p = 0, star = -1, kept = 0;
    for (let i = 0; i < letters.length;) {
      if (p < parts.length && parts[p] && parts[p](letters[i])) { p++; i++; }
      else if (p < parts.length && parts[p] === null) { star = p++; kept = i; }
      else if (star >= 0) { p = star + 1; i = ++kept; }
      else return false;
    }
    while (p < parts.length && parts[p] === null) p++;
    return p === parts.length;
  };
}
