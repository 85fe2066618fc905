// A score by epoch, of the trials that are kept; those that were selected, or the best, stand out.

const mostCurves = 60, curvesSize = {width: 1100, height: 320, left: 56, right: 130, top: 14, bottom: 38};

function curveChoices() {
  return ['lr', 'train_loss', 'train_accuracy', ...data.scores.map(score => score.name)];
}

function curveOf(trial) {
  const own = ['lr', 'train_loss', 'train_accuracy'].includes(view.score);
  const values = own ? trial.curve[view.score] : (trial.curve.val[view.dataset] || {})[view.score];
  return trial.curve.epoch.map((epoch, i) => [epoch, values ? values[i] : null]).filter(point => point[1] !== null);
}

function shownCurves() {
  const kept = keptTrials().filter(trial => trial.curve.epoch.length > 0);
  const selected = kept.filter(trial => view.selected.includes(trial.id));
  const list = selected.length ? selected : [...kept].sort((a, b) => a.rank - b.rank);
  return {trials: list.slice(0, mostCurves), all: list.length, selected: selected.length > 0};
}

function prepareCurves() {
  const pick = (id, values, key) => element('select', {id, onchange: event => look({[key]: event.target.value})},
    ...values.map(value => element('option', {value}, value)));
  document.getElementById('curve-controls').append(
    element('label', {}, 'Score ', pick('curve-score', curveChoices(), 'score')),
    element('label', {}, 'on ', pick('curve-dataset', data.val, 'dataset')));
}

function drawCurves() {
  curvesSize.width = Math.max(600, document.getElementById('curves').parentElement.clientWidth);
  const {width, height, left, right, top, bottom} = curvesSize, {trials, all, selected} = shownCurves();
  const svg = d3.select('#curves').attr('width', width).attr('height', height);
  svg.selectAll('*').remove();
  document.getElementById('curve-score').value = view.score;
  document.getElementById('curve-dataset').value = view.dataset;
  const lines = trials.map(trial => ({trial, points: curveOf(trial)})).filter(line => line.points.length);
  const count = `${all} ${selected ? 'selected ' : ''}trial${all === 1 ? '' : 's'}`;
  document.getElementById('curves-hint').textContent = (selected ? count :
    all > mostCurves ? `the best ${mostCurves} of ${all} trials that are kept; select lines or rows to see others` :
      `${count} kept`) + '. Dashed: where a rung looked. A dot: the best epoch.';
  if (!lines.length) {
    svg.append('text').attr('x', left).attr('y', height / 2).text('no epoch has ended yet');
    return;
  }
  const points = lines.flatMap(line => line.points);
  const x = d3.scaleLinear([d3.min(points, p => p[0]), Math.max(2, d3.max(points, p => p[0]))], [left, width - right]);
  let [low, high] = d3.extent(points, p => p[1]);
  if (low === high) [low, high] = [low - 0.05, high + 0.05];
  const y = d3.scaleLinear([low, high], [height - bottom, top]).nice();
  const colour = trialColour();
  svg.append('g').attr('class', 'grid').attr('transform', `translate(${left},0)`)
    .call(d3.axisLeft(y).ticks(6).tickSize(-(width - left - right))).select('.domain').remove();
  svg.append('g').attr('transform', `translate(0,${height - bottom})`)
    .call(d3.axisBottom(x).tickValues(x.ticks(12).filter(Number.isInteger)).tickFormat(d3.format('d')));
  svg.append('text').attr('x', (left + width - right) / 2).attr('y', height - 6)
    .attr('text-anchor', 'middle').text('epoch');
  const rungs = new Set(trials.flatMap(trial => trial.rungs.map(rung => rung.epoch)).filter(epoch => epoch !== null));
  svg.selectAll('line.rung').data([...rungs]).join('line').attr('class', 'rung').attr('x1', x).attr('x2', x)
    .attr('y1', top).attr('y2', height - bottom);
  const path = d3.line().x(point => x(point[0])).y(point => y(point[1]));
  svg.append('g').selectAll('path').data(lines).join('path').attr('class', 'trial-line')
    .attr('data-trial', line => line.trial.id).attr('stroke', line => colour(line.trial))
    .attr('d', line => path(line.points)).classed('selected', line => selected || line.trial.id === data.choice)
    .on('click', line => toggleSelected(line.trial.id))
    .on('mousemove', line => showTip(d3.event, trialTip(line.trial))).on('mouseleave', hideTip);
  const best = lines.map(({trial, points: own}) => ({trial, point: own.find(point => point[0] === trial.best_epoch)}));
  svg.append('g').selectAll('circle').data(best.filter(one => one.point)).join('circle').attr('r', 3.2)
    .attr('fill', one => colour(one.trial)).attr('cx', one => x(one.point[0])).attr('cy', one => y(one.point[1]));
  drawCurveNames(svg, lines, y, colour);
}

// Names at the lines' ends, moved apart; only where there is room for them.
function drawCurveNames(svg, lines, y, colour) {
  const {width, right, top, height, bottom} = curvesSize;
  if (lines.length > 18) return;
  const names = lines.map(line => ({line, at: y(line.points.at(-1)[1])})).sort((a, b) => a.at - b.at);
  let last = top - 13;
  for (const name of names) last = name.at = Math.max(name.at, last + 13);
  const over = Math.max(0, last - (height - bottom));
  svg.append('g').selectAll('text').data(names).join('text').attr('x', width - right + 8)
    .attr('y', name => name.at - over + 4).style('fill', name => colour(name.line.trial))
    .text(name => trialName(name.line.trial.id) + (name.line.trial.id === data.choice ? ' chosen' : ''));
}
