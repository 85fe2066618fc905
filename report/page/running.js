// A page of a run that goes on: says how old it is, and loads itself again where nobody is in the middle of something.
// What is looked at stays: the view is in the address; the focus and what is unfolded are in the history's entry.

const ageEvery_s = 10, silentAfter_s = Math.max(600, 3 * data.written_every_s);

function ageText(age_s) {
  const often = data.written_every_s > 0 ? `; the run writes this page every ${secondsText(data.written_every_s)}` : '';
  if (age_s > silentAfter_s && data.written_every_s > 0) {
    return `As it was ${secondsText(age_s)} ago, and nothing was written since: the run may be over or killed; ` +
      '“unmask status” tells.';
  }
  return `The run goes on. As it was ${secondsText(Math.max(0, age_s))} ago${often}.`;
}

function showAge() {
  document.getElementById('age').textContent = ageText((Date.now() - Date.parse(data.made)) / 1000);
}

// A selector of what has the focus, if it will be there again.
function focused() {
  const at = document.activeElement;
  if (!at || at === document.body) return null;
  if (at.id) return '#' + CSS.escape(at.id);
  return at.dataset.trial ? `#trials tr[data-trial="${CSS.escape(at.dataset.trial)}"]` : null;
}

let pressed = false;

function reload() {
  if (pressed || document.visibilityState === 'hidden') {
    setTimeout(reload, 1000);
    return;
  }
  const unfolded = [...document.querySelectorAll('details')].map(one => one.open);
  history.replaceState({focused: focused(), unfolded}, '', address());
  location.reload();
}

function prepareRunning() {
  document.getElementById('age').hidden = data.reload_s <= 0;
  const {focused: selector = null, unfolded = []} = history.state || {};
  document.querySelectorAll('details').forEach((one, i) => { one.open = unfolded[i] || false; });
  const at = selector && document.querySelector(selector);
  if (at) at.focus({preventScroll: true});
  if (at && at.setSelectionRange) at.setSelectionRange(at.value.length, at.value.length);
  if (data.reload_s <= 0) return;
  showAge();
  setInterval(showAge, 1000 * ageEvery_s);
  addEventListener('pointerdown', () => { pressed = true; });
  for (const end of ['pointerup', 'pointercancel']) addEventListener(end, () => { pressed = false; });
  setTimeout(reload, 1000 * data.reload_s);
}
