/* 3-chart.js: the curves of one run as a small SVG: train solid, test dashed, as in the pictures of mosaic plotloss. */

/* Train, test or another: by the first word of a curve's name. What is left names the measure: loss, acc, ... */
const curveParts = name => {
	const m = /^(train|test)_(.+)$/.exec(name);
	return m ? {role: m[1], measure: m[2]} : {role: 'other', measure: name.replace(/^validation_/, '')};
};
const measures = [...new Set(data.curves.names.map(n => curveParts(n).measure))];

/* A range of values: logarithmic where they span two decades and all are above 0. */
function scaleOf(low, high, from, to) {
	if (!(low <= high))
		[low, high] = [0, 1];
	const logarithmic = low > 0 && high >= 100 * low;
	if (low === high) {
		const pad = Math.abs(low) * 0.1 || 1;
		[low, high] = [low - pad, high + pad];
	}
	const at = v => from + (to - from) * (logarithmic ? Math.log(v / low) / Math.log(high / low) : (v - low) / (high - low));
	return {low, high, logarithmic, at};
}

const raised = e => String(e).replace(/./g, c => c === '-' ? '⁻' : '⁰¹²³⁴⁵⁶⁷⁸⁹'[c]);

/* [value, label], about `count` of them. */
function ticks(scale, count) {
	const out = [];
	if (scale.logarithmic) {
		const first = Math.ceil(Math.log10(scale.low) - 1e-9), last = Math.floor(Math.log10(scale.high) + 1e-9), step = Math.ceil((last - first + 1) / count) || 1;
		for (let e = first; e <= last; e += step)
			out.push([10 ** e, '10' + raised(e)]);
		return out;
	}
	const raw = (scale.high - scale.low) / count, ten = 10 ** Math.floor(Math.log10(raw)), f = raw / ten;
	const step = ten * (f < 1.5 ? 1 : f < 3.5 ? 2 : f < 7.5 ? 5 : 10), after = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
	for (let k = Math.ceil(scale.low / step - 1e-9); k * step <= scale.high + step * 1e-9; k++) {
		const v = k * step, small = step < 1e-4 || Math.abs(v) >= 1e6;
		out.push([v, k === 0 ? '0' : small ? v.toExponential(Math.max(0, Math.floor(Math.log10(Math.abs(v) / step)))) : v.toFixed(after)]);
	}
	return out;
}

/* Epochs are whole and begin with 1. */
function epochTicks(epochs, count) {
	const size = Math.max(1, epochs / count), ten = 10 ** Math.floor(Math.log10(size)), f = size / ten, step = ten * (f <= 1 ? 1 : f <= 2 ? 2 : f <= 5 ? 5 : 10);
	return Array.from({length: Math.floor(epochs / step)}, (_, k) => (k + 1) * step);
}

/* "M..L.." with gaps where something is not finite. */
function pathOf(curve, x, y) {
	let path = '', pen = false;
	for (let i = 0; i < curve.values.length; i++) {
		const v = curve.values[i];
		if (!isFinite(v)) {
			pen = false;
			continue;
		}
		path += `${pen ? 'L' : 'M'}${x.at(curve.at[i]).toFixed(1)} ${y.at(v).toFixed(1)}`;
		pen = true;
	}
	return curve.values.length === 1 ? path + 'h.1' : path;
}

function extent(curves) {
	let low = Infinity, high = -Infinity, epochs = 1;
	for (const c of curves) {
		if (c.values.some(isFinite)) {
			low = Math.min(low, c.low);
			high = Math.max(high, c.high);
		}
		epochs = Math.max(epochs, c.epochs);
	}
	return {low, high, epochs};
}

/* Frame, ticks and labels; returns the two scales. */
function drawAxes(svg, {low, high, epochs}, width, height) {
	const box = {left: 56, right: width - 10, top: 8, bottom: height - 22};
	const x = scaleOf(1, Math.max(epochs, 1), box.left + 4, box.right), y = scaleOf(low, high, box.bottom - 4, box.top);
	x.logarithmic = false;
	x.at = v => epochs > 1 ? box.left + 4 + (v - 1) / (epochs - 1) * (box.right - box.left - 4) : (box.left + box.right) / 2;
	for (const [v, label] of ticks(y, Math.max(2, Math.floor(height / 45)))) {
		const at = y.at(v);
		svg.append(svgElement('path', {class: 'grid', d: `M${box.left} ${at.toFixed(1)}H${box.right}`}));
		svg.append(svgElement('text', {x: box.left - 6, y: (at + 4).toFixed(1), 'text-anchor': 'end'}, label));
	}
	for (const v of epochTicks(epochs, Math.max(2, Math.floor(width / 90))))
		if (x.at(v) > box.left + 20 || epochs === 1)
			svg.append(svgElement('text', {x: x.at(v).toFixed(1), y: height - 7, 'text-anchor': x.at(v) > box.right - 12 ? 'end' : 'middle'}, String(v)));
	svg.append(svgElement('text', {x: box.left - 6, y: height - 7, 'text-anchor': 'end'}, 'epoch'));
	return {x, y, box};
}

/* The value of a curve nearest to an epoch. */
function valueAt(curve, epoch) {
	let best = 0;
	for (let i = 1; i < curve.at.length; i++)
		if (Math.abs(curve.at[i] - epoch) < Math.abs(curve.at[best] - epoch))
			best = i;
	return curve.values[best];
}

function keyOf(names, curves, epoch) {
	return element('div', {class: 'key'}, ...names.map(name => {
		const role = curveParts(name).role, curve = curves[name];
		const value = valueAt(curve, epoch ?? curve.epochs);
		return element('span', {class: role}, element('i', {class: role === 'train' ? '' : 'dashed'}), `${name} ${isFinite(value) ? numberText(value, 3) : 'not finite'}`);
	}), element('span', {class: 'aside'}, epoch ? `epoch ${Math.round(epoch)}` : 'at the end'));
}

/* Shows under the pointer what the curves are worth there. */
function addCursor(svg, frame, names, curves, place) {
	const cursor = svgElement('path', {class: 'cursor', d: ''}), last = Math.max(...names.map(n => curves[n].epochs));
	svg.append(cursor);
	svg.addEventListener('pointermove', event => {
		const from = frame.x.at(1), to = frame.x.at(last), scale = svg.viewBox.baseVal.width / svg.getBoundingClientRect().width;
		const at = (event.clientX - svg.getBoundingClientRect().left) * scale;
		const epoch = to > from ? Math.min(last, Math.max(1, 1 + (at - from) / (to - from) * (last - 1))) : 1;
		cursor.setAttribute('d', `M${frame.x.at(epoch).toFixed(1)} ${frame.box.top}V${frame.box.bottom}`);
		place.replaceChildren(keyOf(names, curves, epoch));
	});
	svg.addEventListener('pointerleave', () => {
		cursor.setAttribute('d', '');
		place.replaceChildren(keyOf(names, curves));
	});
}

/* Chart and key of one measure of run i; null when it has no such curves. */
function runChart(i, measure, width, height, live) {
	const curves = curvesOf(i), roles = ['train', 'test', 'other'];
	const names = Object.keys(curves).filter(n => curveParts(n).measure === measure).sort((a, b) => roles.indexOf(curveParts(a).role) - roles.indexOf(curveParts(b).role));
	if (!names.length)
		return null;
	const svg = svgElement('svg', {class: 'chart', viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': `${names.join(' and ')} of run ${data.ids[i]}`});
	const frame = drawAxes(svg, extent(names.map(n => curves[n])), width, height), place = element('div', {}, keyOf(names, curves));
	for (const name of names)
		svg.append(svgElement('path', {class: `curve ${curveParts(name).role}`, d: pathOf(curves[name], frame.x, frame.y)}));
	if (live)
		addCursor(svg, frame, names, curves, place);
	return element('div', {}, svg, place);
}
