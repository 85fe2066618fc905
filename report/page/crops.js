// Crops that the chosen model is most wrong about, and least sure of, by dataset and method. A click shows one larger.

function cropFigure(crop) {
  const truth = crop.label ? 'fake' : 'real';
  const words = `${crop.dataset}, ${crop.method} (${truth}): video ${crop.video}, frame ${crop.frame}; ` +
    `fake probability ${crop.score.toFixed(4)}, ${crop.kind === 'wrong' ? 'on the wrong side' : 'near the threshold'}`;
  const picture = element('img', {src: crop.jpeg, alt: words});
  const button = element('button', {type: 'button', class: `crop ${crop.kind}`, 'aria-expanded': 'false',
    onclick: () => button.setAttribute('aria-expanded', String(button.classList.toggle('large'))),
    onmousemove: event => showTip(event, words), onmouseleave: hideTip},
  picture, element('span', {}, `${truth}, ${crop.score.toFixed(3)}`));
  return button;
}

function cropRow(crops, kind, title) {
  const own = crops.filter(crop => crop.kind === kind);
  return own.length ? [element('h4', {}, title), element('div', {class: 'crops'}, ...own.map(cropFigure))] : [];
}

function drawCrops() {
  document.getElementById('crops-section').hidden = data.crops.length === 0 && !data.crops_note;
  document.getElementById('crops-hint').textContent = (data.crops.length ?
    'Of each method and of the reals, one crop a video: those farthest on the wrong side of the threshold, and those ' +
    'nearest to it. Below each its truth and its fake probability. ' : '') + data.crops_note;
  const groups = [...new Set(data.crops.map(crop => JSON.stringify([crop.dataset, crop.method])))];
  document.getElementById('crops').replaceChildren(...groups.map(key => {
    const [dataset, method] = JSON.parse(key);
    const own = data.crops.filter(crop => crop.dataset === dataset && crop.method === method);
    return element('div', {class: 'crop-group'}, element('h3', {}, `${dataset} / ${method}`),
      ...cropRow(own, 'wrong', 'most wrong'), ...cropRow(own, 'unsure', 'least sure'));
  }));
}
