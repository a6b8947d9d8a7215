/* 4-overview.js: the curves of all runs that the table shows, in one picture: where a run stands among the others. A canvas, because there may be
 * thousands; the axes below it and the run that is pointed at above are SVG. */

const overview = {runs: [], name: null, colour: null, paths: [], frame: null, lit: -1, waiting: null};
const palette = 8, curvesMost = 6000;                       /* of more, one could not see more */

/* Columns with so few values that colours can tell them apart. */
const colourColumns = columns.filter(c => c.source && c.kind !== 'long' && c.source.values.length > 1 && c.source.values.length <= palette);

function colourOf(i) {
	return overview.colour ? Math.max(0, overview.colour.source.at[i]) % palette : 0;
}

function cssColour(k) {
	return getComputedStyle(document.documentElement).getPropertyValue(`--c${k}`).trim();
}

/* Runs of one model stand together: drawn in their order, the last model would cover the others. */
function mixed(list) {
	const step = Math.max(1, Math.round(list.length * 0.382)), gcd = (a, b) => b ? gcd(b, a % b) : a;
	let stride = step;
	while (list.length && gcd(stride, list.length) !== 1)
		stride++;
	return list.map((_, k) => list[k * stride % list.length]);
}

function drawCanvas(canvas, width, height) {
	const scale = window.devicePixelRatio || 1, ink = canvas.getContext('2d'), {x, y} = overview.frame;
	canvas.width = width * scale;
	canvas.height = height * scale;
	ink.scale(scale, scale);
	ink.lineWidth = 1;
	ink.globalAlpha = Math.max(0.07, Math.min(0.8, 6 / Math.sqrt(overview.paths.length || 1)));
	const colours = Array.from({length: palette}, (_, k) => cssColour(k));
	for (const {i, curve} of mixed(overview.paths)) {
		let pen = false;
		ink.strokeStyle = colours[colourOf(i)];
		ink.beginPath();
		for (let k = 0; k < curve.values.length; k++) {
			const v = curve.values[k];
			if (pen && isFinite(v))
				ink.lineTo(x.at(curve.at[k]), y.at(v));
			else if (isFinite(v))
				ink.moveTo(x.at(curve.at[k]), y.at(v));
			pen = isFinite(v);
		}
		ink.stroke();
	}
}

/* Axes for the curves that are there. */
function layOut(width, height) {
	const field = byId('field');
	overview.paths = [];
	overview.every = Math.ceil(overview.runs.length / curvesMost);
	for (const i of overview.runs.filter((_, k) => k % overview.every === 0)) {
		const curve = curvesOf(i)[overview.name];
		if (curve && curve.values.some(isFinite))
			overview.paths.push({i, curve});
	}
	field.querySelectorAll('svg').forEach(e => e.remove());
	const below = svgElement('svg', {class: 'chart', width, height}), above = below.cloneNode();
	field.prepend(below);
	field.append(above);
	overview.frame = drawAxes(below, extent(overview.paths.map(p => p.curve)), width, height);
	overview.mark = above.appendChild(svgElement('path', {class: 'curve', d: ''}));
	overview.label = above.appendChild(svgElement('text', {'text-anchor': 'end'}));
}

function drawLegend() {
	const column = overview.colour, seen = new Set(overview.paths.map(p => colourOf(p.i)));
	byId('legend').replaceChildren(...(column ? column.source.values : []).map((value, k) => {
		const line = element('i');
		line.style.borderColor = `var(--c${k % palette})`;
		return seen.has(k % palette) ? element('li', {}, line, value) : null;
	}).filter(Boolean));
	if (overview.every > 1)
		byId('legend').append(element('li', {class: 'aside'}, `every ${overview.every}th run is drawn`));
}

/* However often it is asked for before the next frame: once. */
function drawOverview() {
	overview.waiting ??= requestAnimationFrame(() => {
		overview.waiting = null;
		drawOverviewNow();
	});
}

function drawOverviewNow() {
	const field = byId('field'), width = Math.round(field.clientWidth), height = Math.round(field.clientHeight);
	if (!width || !overview.name)
		return;
	layOut(width, height);
	drawCanvas(field.querySelector('canvas'), width, height);
	drawLegend();
	lightCurve(overview.lit);
}

/* Makes the curve of run i stand out; -1: none. */
function lightCurve(i) {
	overview.lit = i;
	if (!overview.frame)
		return;
	const found = overview.paths.find(p => p.i === i);
	overview.mark.setAttribute('d', found ? pathOf(found.curve, overview.frame.x, overview.frame.y) : '');
	overview.mark.style.stroke = found ? cssColour(colourOf(i)) : '';
	overview.mark.style.strokeWidth = 2.6;
	overview.label.setAttribute('x', overview.frame.box.right);
	overview.label.setAttribute('y', overview.frame.box.top + 10);
	overview.label.textContent = found ? `run ${data.ids[i]}  ${textAt(data.line, i) ?? ''}` : '';
	overview.label.style.fill = 'var(--text)';
}

/* The run whose curve is nearest to a point of the picture, or -1 when none is near. */
function nearestRun(px, py) {
	let best = -1, least = 14;
	for (const {i, curve} of overview.paths) {
		let low = 0, high = curve.at.length - 1;
		while (low < high) {
			const middle = low + high >> 1;
			if (overview.frame.x.at(curve.at[middle]) < px)
				low = middle + 1;
			else
				high = middle;
		}
		for (const k of [low - 1, low]) {
			const d = k < 0 || !isFinite(curve.values[k]) ? Infinity
				: Math.hypot((overview.frame.x.at(curve.at[k]) - px) / 4, overview.frame.y.at(curve.values[k]) - py);
			if (d < least)
				[best, least] = [i, d];
		}
	}
	return best;
}

function startOverview(show, open) {
	if (!data.curves.names.length)
		return;
	byId('overview').hidden = false;
	byId('measure').append(...data.curves.names.map(n => element('option', {value: n}, n)));
	byId('colour').append(element('option', {value: ''}, 'nothing'), ...colourColumns.map(c => element('option', {value: c.name}, c.label)));
	overview.name = data.curves.names.includes('test_loss') ? 'test_loss' : data.curves.names[0];
	overview.colour = colourColumns.find(c => /_key$/.test(c.name)) || colourColumns.find(c => c.kind === 'param' && c.name !== 'seed') || null;
	byId('measure').value = overview.name;
	byId('colour').value = overview.colour ? overview.colour.name : '';
	byId('measure').addEventListener('change', event => {
		overview.name = event.target.value;
		drawOverview();
	});
	byId('colour').addEventListener('change', event => {
		overview.colour = columnNamed(event.target.value) || null;
		drawOverview();
	});
	const field = byId('field'), at = event => nearestRun(event.clientX - field.getBoundingClientRect().left, event.clientY - field.getBoundingClientRect().top);
	field.addEventListener('pointermove', event => event.pointerType !== 'touch' && show(at(event), event));
	field.addEventListener('pointerleave', () => show(-1));
	field.addEventListener('click', event => {
		const i = at(event);
		if (i >= 0)
			open(i);
	});
	new ResizeObserver(drawOverview).observe(field);
}
