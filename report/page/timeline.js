// Where the time went: leases over time, as high as they had ranks; and what each rank of the last start did.

// Each lease gets the lowest row that is free for all of its time; ends are known to the second.
function leaseRows() {
  const ends = [];
  return [...data.leases].sort((a, b) => a.begin_s - b.begin_s).map(lease => {
    let row = 0;
    while (d3.range(row, row + lease.ranks).some(at => (ends[at] ?? -Infinity) > lease.begin_s + 1.6)) ++row;
    for (let at = row; at < row + lease.ranks; ++at) ends[at] = lease.end_s;
    return {...lease, row};
  });
}

function drawTimeline() {
  const rows = leaseRows(), ranks = d3.max(rows, lease => lease.row + lease.ranks) || 0;
  document.getElementById('timeline-section').hidden = rows.length === 0;
  if (!rows.length) return;
  const width = Math.max(600, document.getElementById('timeline').parentElement.clientWidth), left = 56;
  const rowHeight = Math.max(3, Math.min(22, 320 / ranks)), height = ranks * rowHeight;
  const svg = d3.select('#timeline').attr('width', width).attr('height', height + 46);
  svg.selectAll('*').remove();
  const begin = d3.min(rows, lease => lease.begin_s);
  const x = d3.scaleLinear([0, Math.max(1, d3.max(rows, lease => lease.end_s) - begin)], [left, width - 12]);
  const colour = trialColour();
  svg.append('g').selectAll('rect').data(rows).join('rect').attr('class', 'lease')
    .attr('x', lease => x(lease.begin_s - begin))
    .attr('width', lease => Math.max(1, x(lease.end_s - begin) - x(lease.begin_s - begin)))
    .attr('y', lease => 8 + lease.row * rowHeight).attr('height', lease => lease.ranks * rowHeight - 0.5)
    .attr('fill', lease => byId.has(lease.trial) ? colour(byId.get(lease.trial)) : '#999')
    .attr('opacity', lease => view.selected.length === 0 || view.selected.includes(lease.trial) ? 1 : 0.3)
    .on('click', lease => toggleSelected(lease.trial))
    .on('mousemove', lease => showTip(d3.event, leaseTip(lease))).on('mouseleave', hideTip);
  svg.append('g').attr('transform', `translate(0,${height + 10})`)
    .call(d3.axisBottom(x).ticks(8).tickFormat(secondsText));
  svg.append('text').attr('x', left - 8).attr('y', 20).attr('text-anchor', 'end').text(ranksText(ranks));
}

const ranksText = ranks => `${ranks} rank${ranks > 1 ? 's' : ''}`;

function leaseTip(lease) {
  return `trial ${trialName(lease.trial)}, start ${lease.attempt}, ${ranksText(lease.ranks)} on ${lease.host}\n` +
    `steps ${lease.from_step} to ${lease.to_step} in ${secondsText(lease.end_s - lease.begin_s)}; ended: ${lease.end}`;
}

function drawRanks() {
  const parts = [['computing', 'compute_s'], ['loading', 'load_s'], ['waiting for others', 'exposed_s'],
    ['optimizer', 'optimizer_s'], ['without a lease', 'idle_s']];
  document.getElementById('ranks').replaceChildren();
  if (!data.ranks.length) return;
  const share = (rank, key) => {
    const all = rank.lease_s + rank.idle_s;
    return all > 0 ? `${(100 * rank[key] / all).toFixed(1)} %` : '';
  };
  document.getElementById('ranks').append(element('table', {},
    element('thead', {}, element('tr', {}, element('th', {}, 'rank (last start)'), element('th', {}, 'host'),
      ...parts.map(([title]) => element('th', {class: 'number'}, title)))),
    element('tbody', {}, ...data.ranks.map(rank => element('tr', {}, element('td', {}, String(rank.rank)),
      element('td', {}, rank.host), ...parts.map(([, key]) => element('td', {class: 'number'}, share(rank, key))))))));
}
