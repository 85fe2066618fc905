// What training on from a detector won on the new datasets and lost on the old: both on the same videos.

function wonWord(pair) {
  if (!pair) return ['', 'too few people'];
  return pair[0] > 0 ? ['won', 'won'] : pair[1] < 0 ? ['lost', 'lost'] : ['', 'can’t be told'];
}

const signed = value => value === null ? '–' : `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(4)}`;

// The difference with its interval, beside the line where nothing changed.
function differencePicture(row, place, kind) {
  const [width, height] = [170, 22], svg = d3.create('svg').attr('width', width).attr('height', height)
    .attr('class', `difference ${kind}`).attr('role', 'img')
    .attr('aria-label', `${signed(row.difference)}, ${interval(row.interval)}`);
  const line = (x1, x2, y1, y2, name) => svg.append('line').attr('class', name)
    .attr('x1', x1).attr('x2', x2).attr('y1', y1).attr('y2', y2);
  line(place(0), place(0), 0, height, 'zero');
  if (row.interval) line(place(row.interval[0]), place(row.interval[1]), height / 2, height / 2, 'reach');
  if (row.difference !== null)
    svg.append('circle').attr('cx', place(row.difference)).attr('cy', height / 2).attr('r', 4);
  return svg.node();
}

function wonRow(row, place) {
  const [kind, word] = wonWord(row.interval), number = text => element('td', {class: 'number'}, text);
  return element('tr', {class: row.group === 'all' ? 'whole' : ''},
    element('th', {}, row.group === 'all' ? `${row.dataset}, ${row.split}` : ''),
    element('td', {}, row.group === 'all' ? row.standing : ''), element('td', {class: 'text'}, row.group),
    number(String(row.videos)), number(String(row.clusters)), number(digits(row.before)), number(digits(row.now)),
    number(signed(row.difference)), number(row.interval ? row.interval.map(signed).join(' to ') : '–'),
    element('td', {}, differencePicture(row, place, kind)), element('td', {class: kind}, word));
}

function drawWon() {
  const told = data.won_and_lost;
  document.getElementById('won-section').hidden = !told;
  if (!told) return;
  const order = ['new', 'old', 'other'], rows = [...told.rows];
  rows.sort((a, b) => order.indexOf(a.standing) - order.indexOf(b.standing));
  const most = d3.max(rows.flatMap(row => [row.difference || 0, ...(row.interval || [])]), Math.abs) || 0.01;
  const place = d3.scaleLinear([-most, most], [6, 164]);
  document.getElementById('won-hint').textContent =
    `Video AUC of the chosen (now) and of the detector that it began with (before), on the same videos. That one was ` +
    `trained on ${told.began_with.join(', ')} (old)` +
    (told.replay > 0 ? `; a share of ${told.replay} of each epoch was drawn from the old again` : '') +
    '. The interval of 95% is of the paired difference, over clusters of videos that share nobody; where it holds ' +
    'zero, the videos are too few to tell. A val split of what either was trained on has also chosen an epoch.' +
    (told.missing.length ? ` Not known, for want of a store: ${told.missing.join(', ')}.` : '');
  const heads = ['dataset', 'is', 'fakes', 'videos', 'clusters', 'before', 'now', 'difference', '95%', '', ''];
  document.getElementById('won').replaceChildren(element('table', {},
    element('thead', {}, element('tr', {},
      ...heads.map((title, i) => element('th', {class: i > 2 && i < 9 ? 'number' : ''}, title)))),
    element('tbody', {}, ...rows.map(row => wonRow(row, place)))));
}
