// How much worse a forest predicts the objective of trials that it has not seen when a parameter is shuffled.

function drawImportance() {
  const {explained, trials, keys} = data.importance;
  document.getElementById('importance-section').hidden = keys.length === 0;
  if (!keys.length) return;
  const share = `${Math.max(0, 100 * explained).toFixed(0)} %`;
  document.getElementById('importance-hint').textContent = (explained > 0.1 ?
    `A random forest explains ${share} of the objective's variance in held-out trials.` :
    `A random forest explains only ${share} of the objective's variance in held-out trials: too few of them, or ` +
    "noise. Don't read much into this.") +
    ' Bars: rise of its squared error, as a share of the variance, when one parameter is shuffled (permutation ' +
    `importance, ${trials} trials; whiskers: one standard deviation over 10 repeats).`;
  const left = 170, width = 760, row = 26, height = keys.length * row;
  const svg = d3.select('#importance').attr('width', width).attr('height', height + 34);
  svg.selectAll('*').remove();
  const most = Math.max(1e-6, d3.max(keys, key => key.mean + key.spread));
  const least = Math.min(0, d3.min(keys, key => key.mean - key.spread));
  const x = d3.scaleLinear([least, most], [left, width - 20]).nice();
  svg.append('g').attr('transform', `translate(0,${height + 6})`).call(d3.axisBottom(x).ticks(6));
  const rows = svg.append('g').selectAll('g').data(keys).join('g')
    .attr('transform', (key, i) => `translate(0,${i * row})`);
  rows.append('text').attr('x', left - 10).attr('y', row / 2 + 4).attr('text-anchor', 'end').text(key => key.key);
  rows.append('rect').attr('class', 'bar').attr('x', key => x(Math.min(0, key.mean))).attr('y', 5)
    .attr('height', row - 10)
    .attr('width', key => Math.abs(x(key.mean) - x(0)));
  rows.append('line').attr('class', 'whisker').attr('x1', key => x(key.mean - key.spread))
    .attr('x2', key => x(key.mean + key.spread))
    .attr('y1', row / 2).attr('y2', row / 2);
}
