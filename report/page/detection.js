// What the chosen model's scores are worth: ROC, detection error on axes of normal deviates, reliability; and whom it
// calls a fake at its threshold.

const chart = {height: 300, left: 54, right: 16, top: 10, bottom: 42};

// Of a share in (0, 1): the normal deviate, by Acklam's rational approximation (relative error below 1.2e-9).
function normalDeviate(share) {
  const poly = (numbers, x) => numbers.reduce((sum, number) => sum * x + number, 0);
  const tail = p => {
    const q = Math.sqrt(-2 * Math.log(p));
    return poly([-7.784894002430293e-3, -3.223964580411365e-1, -2.400758277161838, -2.549732539343734,
      4.374664141464968, 2.938163982698783], q) /
      poly([7.784695709041462e-3, 3.224671290700398e-1, 2.445134137142996, 3.754408661907416, 1], q);
  };
  if (share < 0.02425) return tail(share);
  if (share > 1 - 0.02425) return -tail(1 - share);
  const q = share - 0.5, r = q * q;
  return q * poly([-3.969683028665376e1, 2.209460984245205e2, -2.759285104469687e2, 1.383577518672690e2,
    -3.066479806614716e1, 2.506628277459239], r) /
    poly([-5.447609879822406e1, 1.615858368580409e2, -1.556989798598866e2, 6.680131188771972e1,
      -1.328068155288572e1, 1], r);
}

const percent = (share, decimals = 1) => `${(100 * share).toFixed(decimals)}%`;
const shortPercent = share => `${+(100 * share).toPrecision(3)}%`;
const datasetWords = dataset => dataset || 'all datasets';
const splitWords = () => data.scored.split === 'val' ? 'val (also selected on)' : data.scored.split;
const scoredOf = (list, dataset) => list.find(one => one.dataset === dataset) || list[0];

function shownCurve() {
  const {curves} = data.scored, of_level = curves.filter(one => one.level === view.level);
  return scoredOf(of_level.length ? of_level : curves, view.curves_of);
}

// An empty chart in the figure `id`: axes with `ticks`, titles, and a place that cuts off what is outside.
function chartFrame(id, x, y, ticks, format, titles) {
  const svg = d3.select('#' + id), {height, left, right, top, bottom} = chart;
  const width = svg.node().parentElement.clientWidth;
  svg.attr('width', width).attr('height', height).selectAll('*').remove();
  x.range([left, width - right]);
  y.range([height - bottom, top]);
  svg.append('clipPath').attr('id', id + '-clip').append('rect').attr('x', left - 1).attr('y', top - 1)
    .attr('width', width - left - right + 2).attr('height', height - top - bottom + 2);
  const axis = (made, size) => made.tickValues(ticks).tickFormat(format).tickSize(-size).tickPadding(7);
  svg.append('g').attr('class', 'grid').attr('transform', `translate(0,${height - bottom})`)
    .call(axis(d3.axisBottom(x), height - top - bottom));
  svg.append('g').attr('class', 'grid').attr('transform', `translate(${left},0)`)
    .call(axis(d3.axisLeft(y), width - left - right));
  svg.append('text').attr('class', 'axis-name').attr('x', (left + width - right) / 2).attr('y', height - 4)
    .attr('text-anchor', 'middle').text(titles[0]);
  svg.append('text').attr('class', 'axis-name').attr('text-anchor', 'middle')
    .attr('transform', `translate(12,${(top + height - bottom) / 2})rotate(-90)`).text(titles[1]);
  return svg.append('g').attr('clip-path', `url(#${id}-clip)`);
}

// Shares of reals and fakes of the shown dataset that are called fake at the chosen threshold.
function shownOperatingPoint() {
  const rows = data.scored.confusion.filter(row => !view.curves_of || row.dataset === view.curves_of);
  const share = label => {
    const own = rows.filter(row => row.label === label), all = d3.sum(own, row => row.videos);
    return all ? d3.sum(own, row => row.called_fake) / all : null;
  };
  const point = {fpr: share(0), tpr: share(1)};
  return view.level === 'video' && point.fpr !== null && point.tpr !== null ? point : null;
}

// A curve that tells what is under the pointer. `at`: where a step stands.
function drawSteps(place, curve, x, y) {
  const steps = curve.fpr.map((fpr, i) => ({fpr, tpr: curve.tpr[i], threshold: curve.threshold[i]}));
  const line = d3.line().x(x).y(y);
  place.append('path').attr('class', 'score-curve').attr('d', line(steps));
  const nearest = () => {
    const [left, top] = d3.mouse(place.node()), far = step => Math.hypot(x(step) - left, y(step) - top);
    return steps.reduce((best, step) => far(step) < far(best) ? step : best);
  };
  place.append('path').attr('class', 'score-curve-reach').attr('d', line(steps))
    .on('mousemove', () => showTip(d3.event, stepTip(nearest()))).on('mouseleave', hideTip);
  const chosen = shownOperatingPoint();
  if (!chosen) return;
  d3.select(place.node().ownerSVGElement).append('circle').attr('class', 'operating-point').attr('r', 5)
    .attr('cx', x(chosen)).attr('cy', y(chosen));
}

function stepTip(step) {
  return `${step.threshold === null ? 'nobody is called fake' : `scores from ${step.threshold.toFixed(4)} on`}\n` +
    `reals called fake: ${percent(step.fpr, 2)}\nfakes found: ${percent(step.tpr, 2)}`;
}

function drawRoc(curve) {
  const x = d3.scaleLinear([0, 1], [0, 1]), y = d3.scaleLinear([0, 1], [0, 1]);
  const place = chartFrame('roc', x, y, d3.range(0, 1.01, 0.2), shortPercent, ['reals called fake', 'fakes found']);
  place.append('line').attr('class', 'rung').attr('x1', x(0)).attr('y1', y(0)).attr('x2', x(1)).attr('y2', y(1));
  drawSteps(place, curve, step => x(step.fpr), step => y(step.tpr));
}

const detTicks = [0.0001, 0.001, 0.01, 0.05, 0.2, 0.5, 0.8, 0.95, 0.99];

function drawDet(curve) {
  // A share of nobody stands at half a sample: its deviate is infinite.
  const held = (share, count) => Math.min(1 - 0.5 / count, Math.max(0.5 / count, share));
  const low = Math.max(5e-5, 0.5 / Math.max(curve.reals, curve.fakes));
  const chosen = shownOperatingPoint(), missed = chosen ? 1 - chosen.tpr : 0;
  const high = Math.min(0.995, Math.max(0.6, 1.6 * (curve.eer ?? 0.5), 0.5 + 0.55 * missed));
  const ends = [normalDeviate(low), normalDeviate(high)];
  const x = d3.scaleLinear(ends, [0, 1]), y = d3.scaleLinear(ends, [0, 1]);
  const ticks = detTicks.filter(tick => tick > low && tick < high);
  const words = deviate => shortPercent(ticks.find(tick => Math.abs(normalDeviate(tick) - deviate) < 1e-9) ?? 0);
  const place = chartFrame('det', x, y, ticks.map(normalDeviate), words, ['reals called fake', 'fakes missed']);
  place.append('line').attr('class', 'rung').attr('x1', x(ends[0])).attr('y1', y(ends[0]))
    .attr('x2', x(ends[1])).attr('y2', y(ends[1]));
  drawSteps(place, curve, step => x(normalDeviate(held(step.fpr, curve.reals))),
    step => y(normalDeviate(held(1 - step.tpr, curve.fakes))));
}

function drawReliability() {
  const {before, after} = scoredOf(data.scored.reliability, view.curves_of);
  const x = d3.scaleLinear([0, 1], [0, 1]), y = d3.scaleLinear([0, 1], [0, 1]);
  const place = chartFrame('reliability', x, y, d3.range(0, 1.01, 0.2), shortPercent,
    ['said probability of a fake', 'share of fakes']);
  place.append('line').attr('class', 'rung').attr('x1', x(0)).attr('y1', y(0)).attr('x2', x(1)).attr('y2', y(1));
  for (const [bins, kind] of [[before, 'before'], [after, 'after']]) {
    if (!bins) continue;
    const group = place.append('g').attr('class', `bins ${kind}`);
    group.append('path').attr('d', d3.line().x(bin => x(bin.mean)).y(bin => y(bin.share))(bins));
    group.selectAll('line').data(bins).join('line').attr('x1', bin => x(bin.mean)).attr('x2', bin => x(bin.mean))
      .attr('y1', bin => y(bin.low)).attr('y2', bin => y(bin.high));
    group.selectAll('circle').data(bins).join('circle').attr('cx', bin => x(bin.mean)).attr('cy', bin => y(bin.share))
      .attr('r', bin => 2.5 + 4 * Math.sqrt(bin.count / d3.sum(bins, one => one.count)))
      .on('mousemove', bin => showTip(d3.event, `${kind === 'after' ? 'calibrated' : 'as scored'}: ` +
        `${percent(bin.mean)} said, ${percent(bin.share)} were fakes\n${countText(bin.count, 'video')}; 95%: ` +
        `${percent(bin.low)} to ${percent(bin.high)}`)).on('mouseleave', hideTip);
  }
}

function confusionRows(dataset) {
  const rows = data.scored.confusion.filter(row => row.dataset === dataset);
  const fakes = rows.filter(row => row.label === 1);
  if (fakes.length < 2) return rows;
  const all = key => d3.sum(fakes, row => row[key]);
  return [...rows, {dataset, label: 1, method: 'all fakes', videos: all('videos'), called_fake: all('called_fake')}];
}

function drawConfusion() {
  const {threshold, fpr, confusion} = data.scored;
  const datasets = [...new Set(confusion.map(row => row.dataset))];
  document.getElementById('confusion-hint').textContent =
    `Videos whose mean score is above ${threshold.toFixed(4)} are called fake` + (fpr === null ?
    ': too few real ones to set a threshold by, so it is the middle.' :
    `: the threshold that at most ${shortPercent(fpr)} of the real videos of ${splitWords()} are above, as ` +
    '“unmask predict” takes it.') + ' The filled point on the curves.';
  const line = row => element('tr', {}, element('td', {}, row.dataset), element('td', {}, row.label ? 'fake' : 'real'),
    element('td', {}, row.method), ...[row.videos, row.called_fake, row.videos - row.called_fake]
      .map(count => element('td', {class: 'number'}, String(count))),
    element('td', {class: 'number'}, row.videos ?
      percent((row.label ? row.called_fake : row.videos - row.called_fake) / row.videos) : ''));
  const titles = ['dataset', 'truth', 'method', 'videos', 'called fake', 'called real', 'right'];
  document.getElementById('confusion').replaceChildren(element('table', {}, element('thead', {}, element('tr', {},
    ...titles.map((title, i) => element('th', {class: i > 2 ? 'number' : ''}, title)))),
  element('tbody', {}, ...datasets.flatMap(confusionRows).map(line))));
}

function prepareDetection() {
  document.getElementById('detection-section').hidden = !data.scored;
  if (!data.scored) return;
  const pick = (id, key, choices) => element('select', {id, onchange: event => look({[key]: event.target.value})},
    ...choices.map(([value, words]) => element('option', {value}, words)));
  const datasets = [...new Set(data.scored.curves.map(curve => curve.dataset))];
  document.getElementById('detection-controls').append(
    element('label', {}, 'Of ', pick('curves-of', 'curves_of', datasets.map(name => [name, datasetWords(name)]))),
    element('label', {}, 'by ', pick('curves-level', 'level', [['video', 'video'], ['frame', 'frame']])));
  drawConfusion();
  drawers.push(drawDetection);
}

function drawDetection() {
  const curve = shownCurve(), drawn = curve.fpr.length > 0;
  document.getElementById('curves-of').value = curve.dataset;
  document.getElementById('curves-level').value = curve.level;
  document.getElementById('detection-hint').textContent = `${splitWords()}, ${datasetWords(curve.dataset)}: ` +
    `${countText(curve.reals, `real ${curve.level}`)} and ${countText(curve.fakes, `fake ${curve.level}`)}` +
    (drawn ? `; AUC ${curve.auc.toFixed(4)}, equal error rate ${percent(curve.eer)}.` : ': one class has no curve.');
  drawRoc(curve);
  drawDet(curve);
  drawReliability();
  document.getElementById('reliability-hint').textContent = 'By video' + (data.calibration ?
    ': pale as scored, strong after calibration (on the videos that it was fitted on). ' : ', uncalibrated. ') +
    'Whiskers: 95%.';
}
