// Parallel coordinates: an axis a parameter that differs, then the results. A brush on any axis keeps what it covers.

const parallelTop = 44, parallelHeight = 300;

// As wide as the page has room, but never so narrow that names meet.
function axisGap(count) {
  const room = document.getElementById('parallel').parentElement.clientWidth - 100;
  return Math.max(112, Math.min(190, room / Math.max(1, count - 0.6)));
}

function axisScale(column) {
  const range = [parallelTop + parallelHeight, parallelTop];
  const values = data.trials.map(column.value).filter(value => value !== null && value !== '');
  if (!isNumeric(column)) {
    const words = [...new Set(values.map(numberText))].sort(d3.ascending);
    return {place: d3.scalePoint(words, range).padding(0.3), word: true};
  }
  let [low, high] = d3.extent(values);
  const log = column.log && low > 0 && high > low;
  if (low === high) [low, high] = [low - Math.abs(low || 1) * 0.1, high + Math.abs(high || 1) * 0.1];
  return {place: (log ? d3.scaleLog : d3.scaleLinear)([low, high], range), word: false, log};
}

const isWhole = column => isNumeric(column) && data.trials.every(trial => Number.isInteger(column.value(trial) ?? 0));

let parallelAxes = null;
function axes() {
  if (parallelAxes) return parallelAxes;
  const columns = axisColumns(), gap = axisGap(columns.length), left = isNumeric(columns[0]) ? 70 : 120;
  parallelAxes = columns.map((column, i) => ({column, x: left + i * gap, ...axisScale(column)}));
  return parallelAxes;
}

// Where a value stands; a key that the trial doesn't have is below the axis.
function placeOf(axis, trial) {
  const value = axis.column.value(trial);
  if (value === null || value === '') return parallelTop + parallelHeight + 22;
  return axis.place(axis.word ? numberText(value) : value);
}

function colourColumn() {
  return axes().map(axis => axis.column).find(column => column.name === view.colour) || objectiveColumn;
}

function trialColour() {
  const column = colourColumn(), values = data.trials.map(column.value).filter(value => value !== null && value !== '');
  if (!isNumeric(column)) {
    const words = d3.scaleOrdinal([...new Set(values.map(numberText))].sort(d3.ascending), d3.schemeTableau10);
    return trial => column.value(trial) === null ? '#999' : words(numberText(column.value(trial)));
  }
  const extent = d3.extent(values);
  const position = (column.log && extent[0] > 0 ? d3.scaleLog : d3.scaleLinear)(extent, [0.08, 0.92]);
  return trial => {
    const value = column.value(trial);
    return value === null ? '#999' : d3.interpolateTurbo(extent[0] === extent[1] ? 0.5 : position(value));
  };
}

function brushRange(axis, selection) {
  if (!selection) return null;
  if (axis.word) {
    const inside = word => axis.place(word) >= selection[0] && axis.place(word) <= selection[1];
    return {values: axis.place.domain().filter(inside)};
  }
  return {low: axis.place.invert(selection[1]), high: axis.place.invert(selection[0])};
}

function brushSelection(axis) {
  const range = view.brushes[axis.column.name];
  if (!range) return null;
  if (!axis.word) return [axis.place(range.high), axis.place(range.low)];
  const places = range.values.map(axis.place).filter(place => place !== undefined);
  return places.length ? [d3.min(places) - 8, d3.max(places) + 8] : null;
}

let movesBrushes = false;  // the page itself, after another part changed the view

function setBrush(axis, selection) {
  const brushes = {...view.brushes}, range = brushRange(axis, selection);
  if (range) brushes[axis.column.name] = range;
  else delete brushes[axis.column.name];
  look({brushes});
}

// By keyboard: arrows move what is kept along the axis, with Shift its lower end alone; Escape frees the axis.
function pressOnBrush(axis, event) {
  if (event.key === 'Escape') return setBrush(axis, null);
  const step = axis.word ? axis.place.step() : parallelHeight / 20;
  const move = {ArrowUp: -step, ArrowDown: step}[event.key], now = brushSelection(axis);
  if (!move) return;
  event.preventDefault();
  const [top, middle, bottom] = [0, 0.5, 1].map(share => parallelTop + share * parallelHeight);
  const hold = place => Math.max(top, Math.min(bottom, place));
  if (!now) return setBrush(axis, move < 0 ? [top, middle] : [middle, bottom]);
  setBrush(axis, [event.shiftKey ? now[0] : hold(now[0] + move), Math.max(now[0] + 1, hold(now[1] + move))]);
}

function drawParallelAxes(svg) {
  const groups = svg.selectAll('g.axis').data(axes()).join('g').attr('class', 'axis')
    .attr('transform', axis => `translate(${axis.x},0)`);
  groups.each(function (axis) {
    const scale = d3.axisLeft(axis.place).tickSizeOuter(0);
    if (!axis.word) scale.ticks(5, axis.log ? '~g' : undefined);
    if (isWhole(axis.column)) scale.ticks(Math.min(5, axis.place.domain()[1] - axis.place.domain()[0]), 'd');
    const group = d3.select(this).call(scale);
    if (axis.word) group.selectAll('.tick text').text(word => word.length > 16 ? word.slice(0, 15) + '…' : word);
    const name = axis.column.title;
    group.append('text').attr('class', 'axis-name').attr('y', parallelTop - 18).attr('text-anchor', 'middle')
      .text(name.length > 22 ? name.slice(0, 21) + '…' : name).append('title').text(axis.column.name);
    axis.brush = d3.brushY().extent([[-12, parallelTop - 6], [12, parallelTop + parallelHeight + 6]])
      .on('end', () => movesBrushes || setBrush(axis, d3.event.selection));
    axis.group = group.append('g').attr('class', 'brush').attr('data-axis', axis.column.name).call(axis.brush);
    axis.group.on('dblclick', () => setBrush(axis, null)).on('keydown', () => pressOnBrush(axis, d3.event))
      .attr('tabindex', 0).attr('role', 'group').attr('aria-label', `keep a range of ${axis.column.name}`);
  });
}

function prepareParallel() {
  const svg = d3.select('#parallel');
  svg.attr('width', axes().at(-1).x + 50).attr('height', parallelTop + parallelHeight + 40);
  const line = d3.line().defined(point => point !== null);
  svg.append('g').selectAll('path').data(data.trials, trial => trial.id).join('path').attr('class', 'trial-line')
    .attr('data-trial', trial => trial.id)
    .attr('d', trial => line(axes().map(axis => [axis.x, placeOf(axis, trial)])))
    .on('click', trial => toggleSelected(trial.id))
    .on('mousemove', trial => showTip(d3.event, trialTip(trial))).on('mouseleave', hideTip);
  drawParallelAxes(svg);
  const choice = element('select', {id: 'colour', onchange: event => look({colour: event.target.value})},
    ...axes().map(axis => element('option', {value: axis.column.name}, axis.column.title)));
  document.getElementById('colour-controls').append(element('label', {}, 'Colour by ', choice));
  document.getElementById('parallel-section').hidden = data.trials.length < 2;
}

function drawParallel() {
  const kept = new Set(keptTrials().map(trial => trial.id)), colour = trialColour();
  document.getElementById('colour').value = colourColumn().name;
  d3.selectAll('#parallel .trial-line').attr('stroke', colour)
    .classed('dropped', trial => !kept.has(trial.id)).classed('selected', trial => view.selected.includes(trial.id));
  movesBrushes = true;
  for (const axis of axes()) axis.group.call(axis.brush.move, brushSelection(axis));
  movesBrushes = false;
}
