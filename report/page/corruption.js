// How well the chosen model stands what is done to pictures: a table a dataset, corruptions by strength.

function corruptionCell(row, clean, colour) {
  if (!row || row.video_auc === null) return element('td', {class: 'cell'}, '–');
  const lost = clean && clean.video_auc !== null && row !== clean ? row.video_auc - clean.video_auc : null;
  const cell = element('td', {class: 'cell'}, row.video_auc.toFixed(4),
    lost === null ? null : element('small', {}, `${lost < 0 ? '−' : '+'}${Math.abs(lost).toFixed(3)}`),
    row.coverage !== null && row.coverage < 0.9995 ? element('small', {}, `${percent(row.coverage)} faces`) : null);
  cell.style.background = colour(row.video_auc);
  cell.style.color = d3.lab(colour(row.video_auc)).l > 60 ? '#111' : '#fff';
  cell.addEventListener('mousemove', event => showTip(event, `${row.corruption}${row.value ? `: ${row.value}` : ''}\n` +
    `video AUC ${row.video_auc.toFixed(4)}; ${interval(row.interval)}\n` +
    (row.coverage === null ? '' : `faces still found: ${percent(row.coverage)}`)));
  cell.addEventListener('mouseleave', hideTip);
  return cell;
}

function corruptionTable(dataset, rows) {
  const colour = d3.scaleSequential([0.5, 1], d3.interpolateYlGnBu).clamp(true);
  const clean = rows.find(row => row.corruption === 'clean');
  const strengths = [...new Set(rows.filter(row => row !== clean).map(row => row.strength))].sort(d3.ascending);
  const kinds = [...new Set(rows.filter(row => row !== clean).map(row => row.corruption))];
  const at = (kind, strength) => rows.find(row => row.corruption === kind && row.strength === strength);
  return element('div', {}, element('h3', {}, `${dataset}, ${rows[0].split}`), element('table', {},
    element('thead', {}, element('tr', {}, element('th', {}, 'corruption'),
      ...strengths.map(strength => element('th', {class: 'cell'}, `strength ${strength}`)))),
    element('tbody', {},
      clean ? element('tr', {}, element('th', {}, 'none'), corruptionCell(clean, null, colour)) : null,
      ...kinds.map(kind => element('tr', {}, element('th', {}, kind),
        ...strengths.map(strength => corruptionCell(at(kind, strength), clean, colour)))))));
}

function drawCorruption() {
  document.getElementById('corruption-section').hidden = !data.corruption;
  if (!data.corruption) return;
  const {on, rows} = data.corruption;
  document.getElementById('corruption-hint').textContent = 'Video AUC of the chosen model after ' +
    (on === 'sources' ? 'the frames were corrupted, before faces were found in them again' :
      'the stored crops were corrupted, after faces were found') + '; below it what is lost against none.';
  document.getElementById('corruption').replaceChildren(...[...new Set(rows.map(row => row.dataset))]
    .map(dataset => corruptionTable(dataset, rows.filter(row => row.dataset === dataset))));
}
