// The page of the CPU share explorer: controls above, three plots over the same memory axis, a table below.
// It draws what the model holds and asks by message; it measures nothing itself.

const SVG = 'http://www.w3.org/2000/svg';
const PLOT = { width: 300, height: 232, left: 44, right: 10, top: 12, bottom: 30 };

function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith('on')) made.addEventListener(name.slice(2), value);
    else if (value !== null && value !== false) made.setAttribute(name, value === true ? '' : value);
  }
  made.append(...children);
  return made;
}

function shape(tag, attributes = {}, text = null) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  if (text !== null) made.textContent = text;
  return made;
}

const percent = (share) => `${Number((share * 100).toPrecision(3))} %`;
const duration = (ms) => (ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(2)} s`);
const dollars = (usd) => `$${(usd * 1e6).toFixed(2)}`;

// A round number just above the largest value, and the steps to it.
function ticks(largest) {
  const rough = Math.max(largest, 1e-9) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].find((factor) => factor * power >= rough * 0.999) * power;
  const marks = [];
  for (let at = 0; at < largest + step * 0.999; at += step) marks.push(at);
  return marks;
}

// One plot: `curve(memory)` is what is bought or foretold (dashed), `value(point)` what was measured (dots).
function drawPlot(svg, model, { title, value, curve, write, tick = write, atLeast }) {
  const sizes = model.get('memory_sizes');
  const points = model.get('points');
  const generation = model.get('generation');
  const memory = model.get('running').memory_mib ?? model.get('memory_mib');
  const largestMemory = sizes[sizes.length - 1];
  const foretold = curve ? sizes.map(curve) : [];
  const marks = ticks(Math.max(atLeast, ...points.map(value), ...foretold));
  const x = (mib) => PLOT.left + (mib / largestMemory) * (PLOT.width - PLOT.left - PLOT.right);
  const y = (amount) => PLOT.height - PLOT.bottom - (amount / marks[marks.length - 1]) * (PLOT.height - PLOT.top - PLOT.bottom);

  svg.replaceChildren();
  for (const mark of marks) {
    svg.append(shape('line', { x1: PLOT.left, x2: PLOT.width - PLOT.right, y1: y(mark), y2: y(mark), class: 'lab-ex-grid' }));
    svg.append(shape('text', { x: PLOT.left - 6, y: y(mark) + 4, 'text-anchor': 'end', class: 'lab-ex-tick' }, tick(mark)));
  }
  for (const mib of [128, 256, 512, 768, 1024]) {
    svg.append(shape('text', { x: x(mib), y: PLOT.height - PLOT.bottom + 16, 'text-anchor': 'middle', class: 'lab-ex-tick' }, mib));
  }
  svg.append(shape('line', { x1: x(memory), x2: x(memory), y1: PLOT.top, y2: PLOT.height - PLOT.bottom, class: 'lab-ex-cursor' }));
  if (curve) {
    const path = sizes.map((mib, at) => `${at ? 'L' : 'M'}${x(mib).toFixed(1)},${y(foretold[at]).toFixed(1)}`).join('');
    svg.append(shape('path', { d: path, class: `lab-ex-curve lab-ex-${generation}` }));
    svg.append(shape('circle', { cx: x(memory), cy: y(curve(memory)), r: 5, class: `lab-ex-aim lab-ex-${generation}` }));
  }
  for (const point of points) {
    const dot = shape('circle', { cx: x(point.memory_mib), cy: y(value(point)), r: 4.5, class: `lab-ex-dot lab-ex-${point.generation}` });
    dot.append(shape('title', {}, `${point.generation}, ${point.memory_mib} MB: ${write(value(point))}`));
    svg.append(dot);
  }
  svg.setAttribute('aria-label', `${title}, ${points.length} measurements; the table below has the figures`);
}

// The processor time of the work, by what was measured in this generation; the foretold curves need it.
function workMs(model) {
  const own = model.get('points').filter((point) => point.generation === model.get('generation'));
  return own.length ? own.reduce((sum, point) => sum + point.cpu_ms, 0) / own.length : null;
}

function plotsOf(model) {
  const perProcessor = () => model.get('subjects')[model.get('generation')].mib_per_processor;
  const work = () => workMs(model);
  return [
    { title: 'Share of one processor', write: percent, atLeast: 0.5, value: (point) => point.received, curve: () => (mib) => mib / perProcessor() },
    {
      title: 'Duration', write: duration, tick: (ms) => (ms < 1000 ? `${ms} ms` : `${ms / 1000} s`), atLeast: 100, value: (point) => point.duration_ms,
      curve: () => work() && ((mib) => (work() * perProcessor()) / mib),
    },
    { title: 'Cost of a million runs', write: (usd) => `$${Number((usd * 1e6).toPrecision(3))}`, atLeast: 1e-6, value: (point) => point.cost_usd, curve: () => null },
  ];
}

function drawTable(body, points) {
  body.replaceChildren(...[...points].reverse().map((point) => element('tr', {},
    element('td', {}, point.generation), element('td', {}, `${point.memory_mib} MB`), element('td', {}, percent(point.bought)),
    element('td', {}, percent(point.received)), element('td', {}, duration(point.duration_ms)),
    element('td', {}, `${point.billed_ms} ms`), element('td', {}, dollars(point.cost_usd)), element('td', {}, point.start))));
}

function lastSentence(points) {
  const point = points[points.length - 1];
  if (!point) return 'Choose a memory size and press Run: the same work is done with the share of a processor that the memory buys.';
  return `${point.memory_mib} MB bought ${percent(point.bought)} of a processor, and ${percent(point.received)} arrived: `
    + `${duration(point.cpu_ms)} of work took ${duration(point.duration_ms)}, billed ${point.billed_ms} ms.`;
}

function render({ model, el }) {
  const ask = (what) => model.send({ ask: what });
  const sizes = model.get('memory_sizes');
  const subjects = model.get('subjects');

  // A name of its own for each view: two explorers on a page must not share a label or a group of radio buttons.
  const name = `lab-ex-${Math.random().toString(36).slice(2)}`;

  const slider = element('input', {
    type: 'range', id: name, min: sizes[0], max: sizes[sizes.length - 1], step: sizes[1] - sizes[0],
    oninput: () => { model.set('memory_mib', Number(slider.value)); model.save_changes(); },
  });
  const bought = element('output', { for: name, class: 'lab-ex-bought' });
  const generations = element('fieldset', { class: 'lab-ex-generations' }, element('legend', { class: 'lab-label' }, 'Generation'));
  for (const [generation, subject] of Object.entries(subjects)) {
    const radio = element('input', {
      type: 'radio', name: `${name}-generation`, value: generation,
      onchange: () => { model.set('generation', generation); model.save_changes(); },
    });
    generations.append(element('label', { class: `lab-ex-choice lab-ex-${generation}` }, radio, element('span', {}, subject.label)));
  }
  const run = element('button', { type: 'button', class: 'lab-ex-run', onclick: () => ask('run') }, 'Run');
  const sweep = element('button', { type: 'button', onclick: () => ask('sweep') }, 'Run every size');
  const stop = element('button', { type: 'button', onclick: () => ask('stop') }, 'Stop');
  const clear = element('button', { type: 'button', onclick: () => ask('clear') }, 'Clear');
  const progress = element('progress', { 'aria-label': 'Progress of the measurement' });
  const status = element('span', { 'aria-live': 'polite', class: 'lab-ex-status' });
  const error = element('pre', { role: 'alert', class: 'lab-ex-error lab-bad' });
  const code = element('pre', { class: 'lab-mono' });
  const body = element('tbody');
  const plots = plotsOf(model).map((plot) => ({ ...plot, svg: shape('svg', { viewBox: `0 0 ${PLOT.width} ${PLOT.height}`, role: 'img' }) }));

  const root = element('div', { class: 'lab lab-card lab-ex' },
    element('div', { class: 'lab-ex-controls' },
      generations,
      element('div', { class: 'lab-ex-memory' }, element('label', { for: name, class: 'lab-label' }, 'Memory'), slider, bought),
      element('div', { class: 'lab-ex-buttons' }, run, sweep, stop, clear)),
    element('div', { class: 'lab-ex-line' }, progress, status),
    error,
    element('div', { class: 'lab-ex-plots' }, ...plots.map((plot) =>
      element('figure', {}, element('figcaption', {}, plot.title), plot.svg))),
    element('div', { class: 'lab-ex-legend lab-quiet' },
      element('span', { class: 'lab-ex-key-dash' }), 'bought, or foretold from it',
      element('span', { class: 'lab-ex-key-dot' }), 'measured',
      element('span', { class: 'lab-ex-axis' }, 'memory in MB')),
    element('details', {}, element('summary', {}, 'The measurements as a table'),
      element('table', {}, element('thead', {}, element('tr', {},
        ...['Generation', 'Memory', 'Bought', 'Received', 'Duration', 'Billed', 'A million cost', 'Start'].map((name) => element('th', { scope: 'col' }, name)))), body)),
    element('details', {}, element('summary', {}, 'The handler'), code));
  el.append(root);

  let since = 0;
  let frame = 0;
  const tick = () => {
    const running = model.get('running');
    if (!running.memory_mib) return;
    const elapsed = performance.now() - since;
    const work = workMs(model);
    const expected = work && (work * subjects[running.generation].mib_per_processor) / running.memory_mib;
    if (expected) progress.value = Math.min(elapsed / expected, 0.98); else progress.removeAttribute('value');
    const which = running.count > 1 ? ` (${running.number} of ${running.count})` : '';
    status.firstChild.data = `Running at ${running.memory_mib} MB${which}`;
    frame = requestAnimationFrame(tick);
  };

  const draw = () => {
    const generation = model.get('generation');
    const memory = model.get('memory_mib');
    const share = memory / subjects[generation].mib_per_processor;
    slider.value = memory;
    slider.setAttribute('aria-valuetext', `${memory} MB buys ${percent(share)} of a processor`);
    bought.replaceChildren(element('strong', {}, `${memory} MB`), ` buys ${percent(share)} of a processor`);
    for (const radio of generations.querySelectorAll('input')) radio.checked = radio.value === generation;
    code.textContent = subjects[generation].code;
    for (const plot of plots) drawPlot(plot.svg, model, { ...plot, curve: plot.curve() });
    drawTable(body, model.get('points'));
  };
  const follow = () => {
    const isRunning = Boolean(model.get('running').memory_mib);
    run.disabled = sweep.disabled = isRunning;
    clear.disabled = isRunning || !model.get('points').length;
    stop.disabled = !(isRunning && model.get('running').count > 1);
    progress.style.visibility = isRunning ? 'visible' : 'hidden';
    cancelAnimationFrame(frame);
    status.replaceChildren(isRunning ? '' : lastSentence(model.get('points')));
    if (isRunning) { since = performance.now(); tick(); }
    error.textContent = model.get('error');
    error.hidden = !model.get('error');
  };

  model.on('change:memory_mib change:generation change:points change:running', draw);
  model.on('change:running change:error change:points', follow);
  draw();
  follow();
  return () => {
    cancelAnimationFrame(frame);
    model.off(null, draw);
    model.off(null, follow);
  };
}

export default { render };
