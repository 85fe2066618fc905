// Verdicts: what was judged, why, and by what. Texts from users become text nodes, never markup.

const data = JSON.parse(document.getElementById('data').textContent);
const model = data.model;
const inputs = data.inputs.map(([facts, faces, pictures]) => ({...facts, faces, pictures}));
const KINDS = [['fake', 'fake'], ['no manipulation found', 'nothing'], ['cannot judge', 'unjudged']];
const kindOf = new Map(KINDS);
const PER_PAGE = 100;

const find = id => document.getElementById(id);
function drawn(tag, attributes, ...children) {
  const made = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

const number = (value, digits) => typeof value === 'number' ? value.toFixed(digits) : '–';
const share = value => typeof value === 'number' ? String(+(100 * value).toPrecision(3)) + ' %' : '–';
const seconds = value => number(value, value < 100 ? 2 : 0) + ' s';
const interval = range => range ? `${number(range[0], 3)} to ${number(range[1], 3)}` : 'not known within one second';

const canBeJudged = person => person.verdict !== 'cannot judge';

function verdictMark(verdict) {
  return element('span', {class: 'verdict ' + (kindOf.get(verdict) || 'unjudged')}, verdict);
}

// ---- one person

// Of one person: a dot a face, the threshold, seconds below.
function timeline(faces, person) {
  const own = faces.filter(face => face[0] === person.track && face[2] !== null);
  if (own.length < 2) return null;
  const [width, height, left, bottom] = [760, 150, 34, 24];
  const first = own[0][2], last = Math.max(own[own.length - 1][2], first + 1e-3);
  const x = time => left + 8 + (time - first) / (last - first) * (width - left - 20);
  const y = score => 8 + (1 - score) * (height - bottom - 16);
  const said = `Scores over time, ${own.length} faces from ${seconds(first)} to ${seconds(last)}`;
  const svg = drawn('svg', {class: 'timeline', viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': said});
  svg.append(drawn('rect', {class: 'frame', x: left, y: 1, width: width - left - 4, height: height - bottom}));
  for (const score of [0, 0.5, 1])
    svg.append(drawn('text', {x: left - 6, y: y(score) + 4, 'text-anchor': 'end'}, String(score)));
  for (const [time, anchor] of [[first, 'start'], [(first + last) / 2, 'middle'], [last, 'end']])
    svg.append(drawn('text', {x: x(time), y: height - 6, 'text-anchor': anchor}, seconds(time)));
  const line = y(model.threshold);
  svg.append(drawn('line', {class: 'threshold', x1: left, x2: width - 4, y1: line, y2: line},
    drawn('title', {}, `threshold ${number(model.threshold, 3)}`)));
  const points = own.map(face => `${x(face[2]).toFixed(1)},${y(face[3]).toFixed(1)}`);
  svg.append(drawn('polyline', {class: 'path', points: points.join(' ')}));
  for (const [, frame, time, score] of own) {
    svg.append(drawn('circle', {class: score > model.threshold ? 'above' : '', cx: x(time).toFixed(1),
      cy: y(score).toFixed(1), r: own.length > 200 ? 1.5 : 3.2},
    drawn('title', {}, `frame ${frame}, ${seconds(time)}: ${number(score, 3)}`)));
  }
  return svg;
}

// Where a grid is strongest, in words.
function strongestPlace(heat, columns) {
  const top = Math.max(...heat);
  if (!(top > 0)) return 'nowhere';
  const at = heat.indexOf(top), rows = heat.length / columns;
  const third = (place, of, words) => words[Math.min(2, Math.floor(3 * (place + 0.5) / of))];
  const down = third(Math.floor(at / columns), rows, ['at the top', 'in the middle', 'at the bottom']);
  return down + third(at % columns, columns, [' left', '', ' right']);
}

function heatCanvas({heat, columns, for_fake: forFake}) {
  const rows = heat.length / columns;
  const canvas = element('canvas', {width: columns, height: rows, 'aria-hidden': 'true'});
  const context = canvas.getContext('2d'), image = context.createImageData(columns, rows);
  heat.forEach((value, i) => image.data.set([...(forFake ? [255, 40, 0] : [0, 150, 255]), value * 0.62], 4 * i));
  context.putImageData(image, 0, 0);
  return canvas;
}

function pictureOf(telling, faces) {
  const [, frame, time, score] = faces[telling.face];
  const when = time === null ? '' : `frame ${frame}, ${seconds(time)}`;
  const what = telling.for_fake ? 'for a fake' : 'for a real face';
  const alt = `Face${when ? ' of ' + when : ''}, score ${number(score, 3)}; what speaks ${what} lies ` +
    strongestPlace(telling.heat, telling.columns);
  return element('figure', {title: alt},
    element('div', {class: 'crop-place'}, element('img', {src: telling.picture, alt}), heatCanvas(telling)),
    element('figcaption', {}, number(score, 3), element('br'), when));
}

function pictures(input, person) {
  if (!input.pictures || !input.faces) return null;
  const own = input.pictures.filter(telling => input.faces[telling.face][0] === person.track);
  const groups = [['Highest scores: red is what speaks for a fake', true],
    ['Lowest scores: blue is what speaks against it', false]];
  return element('div', {class: 'pictures'}, ...groups.map(([title, forFake]) => {
    const shown = own.filter(telling => telling.for_fake === forFake);
    return shown.length ? element('div', {}, element('h4', {}, title),
      element('div', {class: 'row'}, ...shown.map(telling => pictureOf(telling, input.faces)))) : null;
  }));
}

function personPart(input, person) {
  const fact = (name, value) => element('span', {}, element('span', {}, name + ' '), value);
  const moving = input.frames.of > 1;
  const calibrated = value => model.calibration ? number(value, 3) : 'uncalibrated';  // – of who can't be judged
  return element('div', {class: 'person', 'data-track': person.track},
    element('h3', {}, `Person ${person.track + 1}: `, verdictMark(person.verdict),
      person.reason ? `, ${person.reason}` : ''),
    element('p', {class: 'numbers'},
      fact(canBeJudged(person) ? 'score' : 'score, no verdict', number(person.score, 3)),
      moving ? fact('95%', interval(person.interval)) : null,
      fact('LLR', calibrated(person.llr)),
      fact(`P(fake) at prior ${model.prior}`, calibrated(person.probability)),
      fact('faces', String(person.faces)),
      moving ? fact('seen', `${seconds(person.first_s)} to ${seconds(person.last_s)}`) : null,
      fact('size', `${person.box_px} px`),
      fact('sharpness', number(person.sharpness, 0)),
      person.distance === null ? null : fact('distance', number(person.distance, 1))),
    input.faces ? timeline(input.faces, person) : null,
    pictures(input, person));
}

// ---- the inputs

function inputPart(input) {
  const decide = input.people.filter(canBeJudged).map(person => person.score);
  const note = input.reason || input.problem;
  const part = element('details', {class: 'input'},
    element('summary', {}, verdictMark(input.verdict),
      element('span', {class: 'score'}, decide.length ? number(Math.max(...decide), 3) : '–'),
      element('span', {class: 'name'}, input.input, note ? element('small', {}, note) : null)));
  part.addEventListener('toggle', () => {
    nameOpener();
    if (!part.open || part.childElementCount > 1) return;
    const {of, looked_at: looked, read, with_face: faces} = input.frames;
    part.append(element('p', {class: 'person hint'},
      `${of} frames, ${looked} looked at, ${read} read, ${faces} with a face` +
      (input.duration_s ? `; ${seconds(input.duration_s)}` : '') + (input.problem ? `; ${input.problem}` : ''),
      !input.pictures && input.people.length ? '. Its pictures were left out.' : ''));
    part.append(...input.people.map(person => personPart(input, person)));
  });
  return part;
}

const shownKinds = new Set(KINDS.map(([verdict]) => verdict));
let most = PER_PAGE;

function chosenInputs() {
  const words = find('search').value.toLowerCase().split(/\s+/).filter(Boolean);
  return inputs.filter(input => shownKinds.has(input.verdict) &&
    words.every(word => `${input.input} ${input.verdict} ${input.reason}`.toLowerCase().includes(word)));
}

function drawInputs() {
  const chosen = chosenInputs(), shown = chosen.slice(0, most);
  find('inputs').replaceChildren(...shown.map(inputPart));
  find('shown').textContent = chosen.length === inputs.length ? '' : `(${chosen.length} of ${inputs.length})`;
  find('more').hidden = chosen.length <= most;
  find('more').textContent = `Show ${Math.min(PER_PAGE, chosen.length - most)} more of ${chosen.length}`;
  for (const part of find('inputs').children) part.open = shown.length <= 3;
  nameOpener();
}

// The button opens all that are shown, or closes them where none is left to open.
function nameOpener() {
  const isLeft = [...find('inputs').children].some(part => !part.open);
  find('open').textContent = isLeft ? 'Open all' : 'Close all';
}

function drawControls() {
  for (const [verdict] of KINDS) {
    const box = element('input', {type: 'checkbox', checked: true, onchange: () => {
      if (box.checked) shownKinds.add(verdict); else shownKinds.delete(verdict);
      drawInputs();
    }});
    find('filters').append(element('label', {}, box, ` ${verdict} (${data.verdicts[verdict] || 0})`));
  }
  find('search').addEventListener('input', drawInputs);
  find('heat').addEventListener('change', () => document.body.classList.toggle('no-heat', !find('heat').checked));
  find('open').addEventListener('click', () => {
    const parts = [...find('inputs').children], open = parts.some(part => !part.open);
    for (const part of parts) part.open = open;
    nameOpener();
  });
  find('more').addEventListener('click', () => {
    most += PER_PAGE;
    drawInputs();
  });
}

// ---- what it means, and who says so

function defineList(id, entries) {
  for (const [name, value] of entries) {
    if (value !== null) find(id).append(element('dt', {}, name), element('dd', {}, value));
  }
}

function thresholdText() {
  const text = `a person whose mean score lies above ${number(model.threshold, 3)} is called fake`;
  if (!model.calibration) return text + '; how many real ones that are is not known';
  if (model.fpr === null) return text;
  return text + `, as ${share(model.fpr)} of real videos like those of the calibration are, at the most`;
}

function calibrationText({fitted_on: split, reals, fakes, clusters, ece}) {
  return `on the split “${split}”: ${reals} real and ${fakes} fake videos in ${clusters} groups of people; ` +
    `calibration error ${number(ece.before, 3)} before, ${number(ece.after, 3)} after, on these videos`;
}

function startText(init) {
  if (init === 'random') return 'random weights';
  return init === 'imagenet' ? 'weights trained on ImageNet' : `the weights “${init}”`;
}

function drawModel() {
  const {trained, preprocessing, calibration, familiarity, model: net} = model, known = trained || {};
  const limits = familiarity && `those like the ${familiarity.faces} of the split “${familiarity.fitted_on}”: a ` +
    `person is not judged whose distance is above ${number(familiarity.distance_limit, 1)} (unlike the training ` +
    `data) or whose sharpness is below ${number(familiarity.sharpness_limit, 1)} (too blurred), as ` +
    `${share(familiarity.share)} of those faces are`;
  defineList('model', [
    ['model', `${model.name} (${model.digest})`],
    ['network', net ? `${net.architecture}, head “${net.head}”, crops of ${net.crop_px} px` : null],
    ['trained on', known.datasets ? known.datasets.join(', ') : 'not recorded'],
    ['started from', known.init ? startText(known.init) : 'not recorded'],
    ['training', known.epoch === undefined ? null : `epoch ${known.epoch}, step ${known.step}, seed ${known.seed}`],
    ['calibrated', calibration ? calibrationText(calibration)
      : 'no: its scores are no probabilities, and its rate of false alarms is not known'],
    ['threshold', thresholdText()],
    ['familiar faces', limits || 'not known: blurred faces and faces unlike its training data are judged like others'],
    ['preprocessing', preprocessing ? Object.entries(preprocessing).map(([key, value]) =>
      `${key} ${typeof value === 'object' ? JSON.stringify(value) : value}`).join(', ') : 'not recorded'],
    ['doesn’t know', 'manipulations, cameras and people unlike those that it was trained on; anything but faces; ' +
      'sound; who made what, and why'],
  ]);
}

function drawReading() {
  defineList('reading', [
    ['fake', 'the mean score of a person’s faces lies above the threshold'],
    ['no manipulation found', 'it doesn’t. That is not “real”: the model finds only what it was trained on'],
    ['cannot judge', `no face, a face in fewer than ${model.least_faces} frames of a video, smaller than ` +
      `${model.least_box_px} px, too blurred, or unlike the training data; or a file that can’t be read`],
    ['score, 95%', 'mean fake probability of a person’s faces, as the network gives it; the interval is of frames ' +
      'drawn anew by the second, and knows nothing of other videos'],
    ['LLR', 'log-likelihood ratio (natural logarithm) of the calibrated score: above 0 speaks for a fake; it holds ' +
      'no prior'],
    ['P(fake)', `what the LLR makes of a prior: of ${share(model.prior)} of all that is judged being fake`],
    ['where the model looks', 'Grad-CAM on the network’s last maps, a coarse grid, each picture to its own ' +
      'strongest place. It shows where the score comes from, not what was altered'],
  ]);
}

function drawHead() {
  const count = Object.values(data.verdicts).reduce((sum, each) => sum + each, 0);
  find('subtitle').textContent = `${count} ${count === 1 ? 'input' : 'inputs'}, judged by ${model.name}`;
  const uncalibrated = 'The model is UNCALIBRATED: its scores are no probabilities. ';
  find('caution').textContent = (model.calibration ? '' : uncalibrated) +
    'A verdict is what one detector says of faces like those that it was trained on; it is no proof.';
  const {pictures: without, timelines, inputs: gone} = data.left_out;
  const lacks = [[gone, 'inputs'], [timelines, 'timelines'], [without, 'inputs’ pictures']];
  const said = lacks.filter(([n]) => n > 0).map(([n, what]) => `${n} ${what}`).join(', ');
  find('left-out').textContent = said && 'Left out, so that this page stays small, those with the lowest scores: ' +
    `${said}. --json has every score.`;
  find('footer').textContent = 'Written by unmask predict.';
}

drawHead();
drawControls();
drawInputs();
drawReading();
drawModel();
document.body.dataset.ready = 'yes';
