// Above the fold: what was chosen, how good it is, from what, how long it took, and what to be careful about.

function scoreCard(dataset, where, value, extra) {
  return element('div', {'data-score': `${dataset}, ${where}`},
    element('h3', {}, `${data.metric} on ${dataset}, ${where}`),
    element('div', {class: 'big'}, digits(value)),
    ...extra.filter(Boolean).map(text => element('div', {class: 'hint'}, text)));
}

const digits = value => value === null ? '–' : value.toFixed(4);
const interval = pair => pair ? `95%: ${digits(pair[0])} to ${digits(pair[1])}` : 'too few people for an interval';

// The calibration's row of a dataset, where it is the same number as the score on val: that is shown once.
function sameNumber(dataset, value) {
  const {fitted_on = '', datasets = []} = data.calibration || {};
  const row = datasets.find(one => one.dataset === dataset);
  const same = fitted_on.startsWith('val') && data.metric === 'video_auc' && row && digits(row.auc) === digits(value);
  return same ? row : null;
}

const intervalTexts = row => [interval(row.interval),
  `${countText(row.videos, 'video')} in ${countText(row.clusters, 'cluster')} that share nobody`];

// Mean and spread of the seeds of the chosen trial's point.
function seedsText(trial, valueOf) {
  const values = data.trials.filter(other => other.point_id === trial.point_id).map(valueOf).filter(v => v !== null);
  if (values.length < 2) return 'one seed';
  return `seeds: ${d3.mean(values).toFixed(4)} ± ${d3.deviation(values).toFixed(4)} of ${values.length}`;
}

function chosenCards(trial) {
  const cards = [];
  for (const dataset of data.val) {
    const where = trial.train.includes(dataset) ? 'val, also selected on' : 'val, not trained on';
    const value = bestScore(trial, dataset, data.metric), row = sameNumber(dataset, value);
    cards.push(scoreCard(dataset, where, value,
      [seedsText(trial, other => bestScore(other, dataset, data.metric)), ...(row ? intervalTexts(row) : [])]));
  }
  for (const [dataset, scores] of Object.entries(trial.test)) {
    cards.push(scoreCard(dataset, 'test, scored once', scores[data.metric] ?? null, []));
  }
  return cards;
}

// Of the chosen model's file: how well it ranks videos that didn't choose it, where there are such, and what its scores
// are worth.
function calibrationCards(trial) {
  const calibration = data.calibration;
  if (!calibration) return [];
  const others = (calibration.datasets || [])
    .filter(row => !sameNumber(row.dataset, bestScore(trial, row.dataset, data.metric)));
  const cards = others.map(row => element('div', {'data-interval': row.dataset},
    element('h3', {}, `video AUC on ${row.dataset}, ${calibration.fitted_on}`),
    element('div', {class: 'big'}, digits(row.auc)),
    ...intervalTexts(row).map(text => element('div', {class: 'hint'}, text))));
  const error = calibration.ece, lowest = calibration.thresholds[0];
  cards.push(element('div', {id: 'calibration'}, element('h3', {}, `calibrated on ${calibration.fitted_on}`),
    element('div', {class: 'big'}, element('small', {}, 'temperature '), calibration.temperature.toFixed(2)),
    element('div', {class: 'hint'}, `calibration error ${digits(error.before)} before, ${digits(error.after)} after` +
      ' (too large by the noise of its bins' +
      (error.after_interval ? `; without it ${interval(error.after_interval)}` : '') +
      ') on the videos that it was fitted on'),
    element('div', {class: 'hint'}, `${calibration.reals} real and ${countText(calibration.fakes, 'fake video')}; ` +
      (lowest ?
        `lowest false-positive rate with a threshold: ${lowest.fpr} (at most ${lowest.upper.toFixed(3)} with 95%)`
        : 'too few real ones for any false-positive rate'))));
  return cards;
}

// "weights:<digest>" and the like: digests are long.
const startText = init =>
  init === 'random' ? 'random weights' : init.replace(/[0-9a-f]{16,}/g, digest => digest.slice(0, 8) + '…');

// Of a numerics class what people know: neither versions of libraries nor the digest of its bits.
const machineText = text => text.split('; ').filter(part => !/^(torch|glibc|bits) /.test(part)).join(', ');

function chosenWords(trial) {
  const point = parameterColumns.filter(column => column.value(trial) !== null)
    .map(column => `${column.title} ${numberText(column.value(trial))}`).join(', ');
  return element('div', {}, element('h3', {}, data.trials.length > 1 ? 'chosen of ' + data.trials.length : 'trained'),
    element('div', {class: 'big'}, `trial ${trialName(trial.id)}`),
    element('div', {class: 'hint'},
      `trained on ${trial.train.join(', ')}; epoch ${trial.best_epoch} of ${trial.epochs}`),
    element('div', {class: 'hint'}, `started from ${startText(trial.init)}`),
    element('div', {class: 'hint'}, point));
}

function timeCard() {
  const spans = data.leases.map(lease => (lease.end_s - lease.begin_s) * lease.ranks);
  const wall = data.leases.length ? d3.max(data.leases, l => l.end_s) - d3.min(data.leases, l => l.begin_s) : 0;
  const states = d3.rollups(data.trials, list => list.length, trial => trial.state)
    .map(([state, count]) => `${count} ${state}`).join(', ');
  return element('div', {}, element('h3', {}, 'took'), element('div', {class: 'big'}, secondsText(wall)),
    element('div', {class: 'hint'}, `${secondsText(d3.sum(spans))} of ranks; ${states}`),
    ...data.numerics.slice(0, 3).map(text => element('div', {class: 'hint', title: text}, `on ${machineText(text)}`)));
}

// In a shell, so that a name with blanks or quotes is one word.
const shellWord = text => /^[\w./:@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;

function drawSummary() {
  const place = document.getElementById('summary'), trial = byId.get(data.choice);
  document.getElementById('title').replaceChildren(data.name || data.folder.split('/').pop() || data.folder, ' ',
    element('span', {class: 'badge'}, data.state));
  document.getElementById('subtitle').textContent = [data.folder, `objective: ${data.objective}`, data.tags.join(', '),
    data.notes, data.reason].filter(Boolean).join('  ·  ');
  document.title = `${data.name || data.folder} – unmask report`;
  const cards = trial ? [chosenWords(trial), ...chosenCards(trial), ...calibrationCards(trial)]
    : [element('div', {}, element('h3', {}, 'chosen'), element('div', {class: 'big'}, 'nothing yet'))];
  const warnings = element('ul', {}, ...data.cautions.map(text => element('li', {}, text)));
  const random = trial && trial.init === 'random';
  place.replaceChildren(...cards, timeCard(),
    element('div', {class: 'banner wide'},
      element('strong', {}, random ? 'Started from random weights. ' : ''), 'To be careful about', warnings));
  if (trial) {
    const folder = `${data.folder}/trials/${trialName(trial.id)}`;
    const command = `unmask train ${shellWord(folder + '/config.toml')} --run ${shellWord(data.folder + '-again')}`;
    place.append(element('div', {class: 'wide'}, element('h3', {}, 'this trial again'),
      element('code', {class: 'command'}, command)));
  }
  if (data.audit) {
    place.append(element('div', {class: 'wide', id: 'audit'}, element('h3', {}, 'audit of the stores'),
      element('div', {class: 'hint'}, data.audit)));
  }
  document.getElementById('footer').textContent = `made ${data.made} by unmask`;
}
