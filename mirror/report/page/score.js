// Which score the page shows of each run: the criterion, the dataset, and which score is the best.

// scored has the labels of all criteria, with their directions (max or min; "" if nobody has said which
// score is better, or if runs differ), and all datasets.
const scored = { criteria: new Map(), datasets: [] };

// learnScores labels the scores of all runs. A criterion without a name is labelled with its number.
function learnScores(all) {
  const lists = all.criteria || [], labels = new Set(), datasets = new Set(), directions = new Map();
  for (const { label, best = "" } of lists.flat()) directions.set(label, directions.has(label) && directions.get(label) !== best ? "" : best);
  for (const run of all.runs) {
    const list = lists[run.criteria - 1] || [];
    for (const { scores } of [run, ...(run.history || [])]) {
      for (const s of scores ? scores.series : []) {
        s.label = list[s.criterion] ? list[s.criterion].label : String(s.criterion);
        labels.add(s.label);
        datasets.add(s.dataset);
      }
    }
  }
  scored.criteria = new Map([...labels].map((label) => [label, directions.get(label) || ""]));
  scored.datasets = [...datasets].sort((a, b) => a - b);
}

// scoring returns which score is shown; end says of which end of all scores. A link from before criteria
// had names has the number of one.
function scoring() {
  const labels = [...scored.criteria.keys()];
  const asked = scored.criteria.has(shown.criterion) ? shown.criterion : labels[Number(shown.criterion)], criterion = asked ?? labels[0];
  const dataset = scored.datasets.includes(shown.dataset) ? shown.dataset : scored.datasets[0];
  return { criterion, dataset, end: endOf(criterion, asked || !shown.criterion ? shown.best : "") };
}

// endOf returns the end of a criterion's scores to show. If it is not known which score is better, that
// is the highest, and nothing is called the best.
function endOf(criterion, chosen) {
  const best = chosen || scored.criteria.get(criterion) || "", word = best === "min" ? "lowest" : "highest";
  return { best, word, side: best || "max", title: best ? "Best" : "Highest" };
}

// seriesOf returns the scores of a criterion on a dataset; undefined if there are none.
const seriesOf = (owner, dataset, criterion) => owner.scores && owner.scores.series.find((s) => s.dataset === dataset && s.label === criterion);

// scoreOf returns the shown score of a run: {score, iteration, parameters}; undefined if it has none.
function scoreOf(run) {
  const { criterion, dataset, end } = scoring(), series = seriesOf(run, dataset, criterion);
  const found = series && (end.side === "max" ? series.highest : series.lowest);
  return found && typeof found.score === "number" ? found : undefined;
}

// scoringText says which score is shown.
const scoringText = ({ criterion, dataset, end }) => `${end.word} score of criterion ${criterion} on dataset ${dataset}`;

// addScoring adds the controls of the score, for the table and for the comparison.
function addScoring() {
  for (const place of document.querySelectorAll(".scoring")) {
    const add = (name, label, changed) => {
      const [labelled, select] = choice(label, [], () => changed(select.value));
      select.classList.add(name);
      place.append(labelled);
    };
    add("criterion", place.dataset.label, (v) => showScore({ criterion: v, best: "" }));
    add("dataset", "dataset", (v) => showScore({ dataset: Number(v) }));
    add("best", "best", (v) => showScore({ best: v }));
  }
}

// bestOptions are the options of a choice of what is best. A known direction can be turned round, not lost.
const bestOptions = (criterion) => [...(scored.criteria.get(criterion) ? [] : [["", "not known"]]), ["max", "highest"], ["min", "lowest"]];

// showScoring shows in all controls which score is shown.
function showScoring() {
  const { criterion, dataset, end } = scoring();
  for (const place of document.querySelectorAll(".scoring")) {
    const fill = (name, options, value) => {
      const select = place.querySelector("." + name);
      offer(select, options);
      select.value = value;
      return select.parentNode;
    };
    place.hidden = scored.criteria.size === 0;
    fill("criterion", [...scored.criteria.keys()].map((label) => [label, label]), criterion);
    fill("dataset", scored.datasets.map((d) => [d, d]), dataset).hidden = scored.datasets.length < 2;
    fill("best", bestOptions(criterion), end.best);
  }
}
