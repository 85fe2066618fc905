// The other runs of one `unmask report RUN…`, with links to their pages.

function drawSiblings() {
  document.getElementById('siblings-section').hidden = data.siblings.length === 0;
  if (!data.siblings.length) return;
  const chosen = byId.get(data.choice);
  const own = {name: data.name || data.folder, href: '', state: data.state, trials: data.trials.length,
    objective: data.objective, best: chosen ? objectiveColumn.value(chosen) : null};
  const line = run => element('tr', {class: run.href ? '' : 'selected'},
    element('td', {class: 'text'}, run.href ? element('a', {href: run.href}, run.name) : `${run.name} (this page)`),
    element('td', {}, run.state), element('td', {class: 'number'}, String(run.trials)),
    element('td', {class: 'text'}, run.objective), element('td', {class: 'number'}, digits(run.best)));
  document.getElementById('siblings').replaceChildren(element('table', {},
    element('thead', {}, element('tr', {}, ...['run', 'state', 'trials', 'objective', 'chosen has'].map((title, i) =>
      element('th', {class: i === 2 || i === 4 ? 'number' : ''}, title)))),
    element('tbody', {}, line(own), ...data.siblings.map(line))));
}
