// The table: sorted by any column, searched, folded to a line a point, with the columns that are wanted. Laying out
// thousands of rows takes a browser seconds, so the first ones are shown, those that are selected, and all on demand.

const mostRows = 250;

const hasSeeds = data.trials.some(trial => trial.n > 1);
const tableColumns = [
  {name: 'rank', title: 'rank', value: trial => view.fold ? trial.point_id + 1 : trial.rank},
  {name: 'id', title: 'trial', value: trial => trial.id, text: trial => trialName(trial.id)},
  {name: 'state', title: 'state', value: trial => trial.state},
  {...objectiveColumn, title: 'objective'},
  {name: 'spread', title: '± seeds', value: trial => trial.n > 1 ? trial.spread : null, only: hasSeeds},
  {name: 'n', title: 'seeds', value: trial => trial.n, only: hasSeeds},
  trainColumn,
  ...parameterColumns.filter(column => column.name !== 'data.train'),
  {name: 'seed', title: 'seed', value: trial => trial.seed, parameter: true},
  {name: 'init', title: 'started from', value: trial => trial.init, parameter: true},
  {name: 'best_epoch', title: 'best epoch', value: trial => trial.best_epoch || null},
  {name: 'epochs', title: 'epochs', value: trial => trial.epochs,
    only: !parameterColumns.some(column => column.name === 'train.epochs')},
  ...scoreColumns,
  {name: 'seconds', title: 'took', value: trial => secondsOf.get(trial.id) ?? null,
    text: trial => secondsText(secondsOf.get(trial.id))},
  {name: 'starts', title: 'starts', value: trial => trial.starts},
  {name: 'reason', title: 'reason', value: trial => trial.reason, only: data.trials.some(t => t.reason)},
].filter(column => column.only !== false);
const differing = new Set(tableColumns.filter(differs).map(column => column.name));
// Shown unless somebody asks: the metric that counts, not all five of each dataset.
const quiet = new Set(
  scoreColumns.map(column => column.name).filter(name => !name.endsWith('.' + data.metric)));

function isHidden(column) {
  return view.hidden.includes(column.name) !== quiet.has(column.name);
}

function shownColumns() {
  return tableColumns.filter(column =>
    !isHidden(column) && (!column.parameter || view.all || differing.has(column.name)));
}

function compareValues(a, b) {
  const none = value => value === null || value === undefined || value === '';
  if (none(a) || none(b)) return none(a) - none(b);
  return typeof a === 'number' && typeof b === 'number' ? a - b : d3.ascending(numberText(a), numberText(b));
}

function sortedTrials() {
  const column = tableColumns.find(one => one.name === view.sort) || tableColumns[0];
  const missing = trial => column.value(trial) === null || column.value(trial) === '';
  let trials = keptTrials().sort((a, b) => missing(a) - missing(b) ||
    (view.down ? -1 : 1) * compareValues(column.value(a), column.value(b)) || a.rank - b.rank);
  if (view.fold) {
    const seen = new Set();
    trials = trials.filter(trial => !seen.has(trial.point_id) && seen.add(trial.point_id));
  }
  return trials;
}

function headCell(column) {
  const mine = view.sort === column.name, mark = mine ? (view.down ? ' ▾' : ' ▴') : '';
  const largestFirst = isNumeric(column) && !['rank', 'id'].includes(column.name);
  const sort = () => look({sort: column.name, down: mine ? !view.down : largestFirst});
  return element('th', {class: isNumeric(column) ? 'number' : '', title: column.name,
    'aria-sort': mine ? (view.down ? 'descending' : 'ascending') : 'none'},
  element('button', {type: 'button', onclick: sort}, column.title + mark));
}

function bodyCell(column, trial) {
  const text = column.text ? column.text(trial) : numberText(column.value(trial));
  const kinds = [isNumeric(column) ? 'number' : 'text'];
  if (column.name === 'state' && trial.state === 'failed') kinds.push('failed');
  return element('td', {class: kinds.join(' '), title: text}, text);
}

function drawTrials() {
  const columns = shownColumns(), sorted = sortedTrials(), kept = keptTrials().length;
  const trials = view.rows ? sorted : sorted.filter((trial, i) => i < mostRows || view.selected.includes(trial.id));
  document.getElementById('search').value = view.search;
  document.getElementById('all-columns').checked = view.all;
  document.getElementById('fold').checked = view.fold;
  const all = data.trials.length;
  document.getElementById('trials-count').textContent = kept === all ? `(${kept})` : `(${kept} of ${all})`;
  document.querySelector('#trials thead').replaceChildren(element('tr', {}, ...columns.map(headCell)));
  const marks = trial => [view.selected.includes(trial.id) && 'selected', trial.id === data.choice && 'chosen'];
  document.querySelector('#trials tbody').replaceChildren(...trials.map(trial => element('tr', {
    class: marks(trial).filter(Boolean).join(' '),
    tabIndex: 0, 'data-trial': trial.id, onclick: () => toggleSelected(trial.id),
    onkeydown: event => event.key === 'Enter' && toggleSelected(trial.id),
  }, ...columns.map(column => bodyCell(column, trial)))));
  const more = document.getElementById('more-rows');
  more.hidden = trials.length === sorted.length;
  more.textContent = `Show all ${sorted.length} rows, not ${trials.length}`;
  document.getElementById('columns').replaceChildren(...tableColumns.map(column => element('label', {},
    element('input', {type: 'checkbox', checked: !isHidden(column), onchange: () => toggleColumn(column)}), ' ',
    column.title)));
}

function toggleColumn(column) {
  const others = view.hidden.filter(name => name !== column.name);
  look({hidden: others.length < view.hidden.length ? others : [...others, column.name]});
}

function prepareTrials() {
  const search = document.getElementById('search');
  search.addEventListener('change', () => look({search: search.value}));
  search.addEventListener('input', () => {
    view.search = search.value;  // as somebody types, without a place in the history for each letter
    drawAll();
  });
  document.getElementById('all-columns').addEventListener('change', event => look({all: event.target.checked}));
  document.getElementById('fold').addEventListener('change', event => look({fold: event.target.checked}));
  document.getElementById('fold-label').hidden = !hasSeeds;
  document.getElementById('more-rows').addEventListener('click', () => look({rows: true}));
  document.getElementById('reset').addEventListener('click', () => look(defaults()));
}
