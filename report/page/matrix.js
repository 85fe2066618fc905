// Trained on × scored on: whether a detector of one source finds the fakes of another.

// The chosen trial of each set of training datasets; beside it the best that any trial of the set has on the dataset,
// which is what choosing on the target would have given.
function matrixRows() {
  return data.chosen.map(id => byId.get(id)).map(trial => {
    const set = [...trial.train].sort().join(', ');
    const same = data.trials.filter(other => [...other.train].sort().join(', ') === set);
    return {set, trial, same};
  });
}

function bestOnTarget(same, dataset, larger) {
  const values = same.map(trial => bestScore(trial, dataset, data.metric)).filter(value => value !== null);
  return values.length ? (larger ? d3.max(values) : d3.min(values)) : null;
}

function matrixCell(trial, dataset, value, best, colour) {
  if (value === null) return element('td', {class: 'cell'}, '–');
  const own = trial.train.includes(dataset);
  const gap = best !== null && Math.abs(best - value) >= 5e-5 ? `best on it ${best.toFixed(4)}` : '';
  const cell = element('td', {class: 'cell'}, value.toFixed(4),
    element('small', {}, own ? 'trained on' : 'other source'), element('small', {}, gap));
  cell.style.background = colour(value);
  cell.style.color = d3.lab(colour(value)).l > 60 ? '#111' : '#fff';
  return cell;
}

function drawMatrix() {
  const rows = matrixRows(), larger = scoreOf(data.metric).larger;
  const tests = [...new Set(data.trials.flatMap(trial => Object.keys(trial.test)))];
  const later = [...new Set(data.trials.flatMap(trial => Object.keys(trial.added)))];  // `evaluate --all-trials`
  document.getElementById('matrix-section').hidden = rows.length === 0;
  document.getElementById('matrix-hint').textContent =
    `${data.metric} of the chosen trial of each set of training datasets, at its best epoch.` +
    (data.trials.length > 1 ? ' “Best on it” is what choosing on that dataset itself would have given.' : '');
  const colour = d3.scaleSequential(larger ? [0.5, 1] : [1, 0], d3.interpolateYlGnBu).clamp(true);
  const head = element('tr', {}, element('th', {}, 'trained on'), element('th', {}, 'trial'),
    ...data.val.map(name => element('th', {class: 'cell'}, name)),
    ...tests.map(name => element('th', {class: 'cell'}, `${name} (test)`)),
    ...later.map(name => element('th', {class: 'cell'}, `${name} (later)`)));
  const lines = rows.map(({set, trial, same}) => element('tr', {}, element('th', {}, set),
    element('td', {}, trialName(trial.id)),
    ...data.val.map(name => matrixCell(trial, name, bestScore(trial, name, data.metric),
      same.length > 1 ? bestOnTarget(same, name, larger) : null, colour)),
    ...tests.map(name => matrixCell(trial, name, (trial.test[name] || {})[data.metric] ?? null, null, colour)),
    ...later.map(name => matrixCell(trial, name.split('.')[0], (trial.added[name] || {})[data.metric] ?? null, null,
      colour))));
  document.getElementById('matrix').replaceChildren(
    element('table', {}, element('thead', {}, head), element('tbody', {}, ...lines)));
}
