// The data, and what of it is looked at: kept in the page's address, so that a link, a reload and the back button show
// the same. Every part of the page draws itself anew when it changes.

const data = JSON.parse(document.getElementById('data').textContent);
const byId = new Map(data.trials.map(trial => [trial.id, trial]));
const trialName = id => String(id).padStart(4, '0');

const defaults = () => ({
  sort: 'rank', down: false, search: '', all: false, rows: false,
  fold: data.trials.some(trial => trial.n > 1), hidden: [],
  brushes: {}, selected: [], score: data.metric, dataset: data.val[0] || '', colour: 'objective',
  curves_of: '', level: 'video',
});
let view = defaults();
const drawers = [];

function readAddress() {
  view = defaults();
  try {
    const kept = JSON.parse(decodeURIComponent(location.hash.slice(1)) || '{}');
    for (const key of Object.keys(view)) {
      if (typeof kept[key] === typeof view[key] && Array.isArray(kept[key]) === Array.isArray(view[key])) {
        view[key] = kept[key];
      }
    }
  } catch {
    // An address that somebody cut short shows the page as it is made.
  }
}

function drawAll() {
  for (const draw of drawers) draw();
}

// The view as the address has it.
function address() {
  const start = defaults(), kept = {};
  for (const key of Object.keys(view)) {
    if (JSON.stringify(view[key]) !== JSON.stringify(start[key])) kept[key] = view[key];
  }
  return Object.keys(kept).length ? '#' + encodeURIComponent(JSON.stringify(kept)) : '#';
}

// `change`: keys of the view with new values. Each change is a place that the back button returns to.
function look(change) {
  Object.assign(view, change);
  if (address() !== (location.hash || '#')) history.pushState(null, '', address());
  drawAll();
}

window.addEventListener('popstate', () => {
  readAddress();
  drawAll();
});

// ---- numbers and texts

function numberText(value) {
  if (value === null || value === undefined || value === '') return '';
  if (typeof value !== 'number') return Array.isArray(value) ? value.join(', ') : String(value);
  if (Number.isInteger(value)) return String(value);
  const size = Math.abs(value);
  return size >= 1e-3 && size < 1e5 ? String(+value.toFixed(4)) : value.toExponential(2);
}

const scoreText = value => value === null ? '' : value.toFixed(4);
const countText = (count, noun) => `${count} ${noun}${count === 1 ? '' : 's'}`;

function secondsText(seconds) {
  if (!(seconds >= 0)) return '';
  const minutes = Math.round(seconds / 60);
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (minutes < 120) return `${minutes} min`;
  return minutes < 2880 ? `${(minutes / 60).toFixed(1)} h` : `${(minutes / 1440).toFixed(1)} days`;
}

const tip = document.getElementById('tip');
function showTip(event, text) {
  tip.textContent = text;
  tip.hidden = false;
  tip.style.left = Math.max(4, Math.min(event.clientX + 14, innerWidth - tip.offsetWidth - 8)) + 'px';
  tip.style.top = Math.max(4, Math.min(event.clientY + 14, innerHeight - tip.offsetHeight - 8)) + 'px';
}
function hideTip() {
  tip.hidden = true;
}

// ---- what is known of trials

const scoreOf = name => data.scores.find(score => score.name === name) || {name, larger: true};

// A trial's value at its best epoch; `value` is a mean over the point's seeds only where objective says so.
function bestScore(trial, dataset, score) {
  const at = trial.curve.epoch.indexOf(trial.best_epoch);
  const column = (trial.curve.val[dataset] || {})[score];
  return at < 0 || !column ? null : column[at];
}

const secondsOf = new Map();
for (const lease of data.leases) {
  secondsOf.set(lease.trial, (secondsOf.get(lease.trial) || 0) + (lease.end_s - lease.begin_s));
}

// The columns that a trial has, in the order of the table and of the axes.
const parameterColumns = data.space.map(({key, kind}) => ({
  name: key, title: key.split('.').pop(), parameter: true, log: kind === 'log_uniform',
  value: trial => trial.point[key] === undefined ? null : trial.point[key],
}));
const trainColumn = {name: 'train', title: 'trained on', value: trial => trial.train.join(', ')};
const scoreColumns = data.val.flatMap(dataset => data.scores.map(score => ({
  name: `${dataset}.${score.name}`, title: `${dataset} ${score.name}`, score: true,
  value: trial => bestScore(trial, dataset, score.name),
  text: trial => scoreText(bestScore(trial, dataset, score.name)),
})));
const objectiveColumn = {
  name: 'objective', title: 'objective', value: trial => trial.n > 1 ? trial.mean : trial.objective,
  text: trial => scoreText(objectiveColumn.value(trial)),
};
const differs = column => new Set(data.trials.map(trial => JSON.stringify(column.value(trial)))).size > 1;

const numeric = new Map();
function isNumeric(column) {
  if (!numeric.has(column.name)) {
    const values = data.trials.map(column.value).filter(value => value !== null && value !== '');
    numeric.set(column.name, values.length > 0 && values.every(value => typeof value === 'number'));
  }
  return numeric.get(column.name);
}

// ---- which trials are kept

function inBrush(column, range, value) {
  if (value === null || value === undefined || value === '') return false;
  if (Array.isArray(range.values)) return range.values.includes(numberText(value));
  return value >= range.low && value <= range.high;
}

function keptTrials() {
  const words = view.search.toLowerCase().split(/\s+/).filter(Boolean);
  const brushes = axisColumns().filter(column => view.brushes[column.name]);
  return data.trials.filter(trial =>
    brushes.every(column => inBrush(column, view.brushes[column.name], column.value(trial))) &&
    words.every(word => trialText(trial).includes(word)));
}

const texts = new Map();
function trialText(trial) {
  if (!texts.has(trial.id)) {
    const cells = [trialName(trial.id), trial.state, trial.reason, trial.train.join(' '), trial.init,
      ...parameterColumns.map(column => `${column.title}=${numberText(column.value(trial))}`)];
    texts.set(trial.id, cells.join(' ').toLowerCase());
  }
  return texts.get(trial.id);
}

function axisColumns() {
  const columns = parameterColumns.filter(differs);
  if (!parameterColumns.some(column => column.name === 'data.train') && differs(trainColumn)) columns.push(trainColumn);
  const metrics = data.val.map(dataset => scoreColumns.find(column => column.name === `${dataset}.${data.metric}`));
  return [...columns, ...metrics.filter(Boolean), objectiveColumn];
}

function toggleSelected(id) {
  look({selected: view.selected.includes(id) ? view.selected.filter(other => other !== id) : [...view.selected, id]});
}

function trialTip(trial) {
  const lines = [`trial ${trialName(trial.id)}: ${trial.state}`];
  for (const column of parameterColumns) {
    if (column.value(trial) !== null) lines.push(`${column.title}: ${numberText(column.value(trial))}`);
  }
  if (trial.n > 1) lines.push(`objective: ${numberText(trial.mean)} ± ${numberText(trial.spread)}, ${trial.n} seeds`);
  else if (trial.objective !== null) lines.push(`objective: ${numberText(trial.objective)}`);
  return lines.join('\n');
}
