'use strict';
/* 1-data.js: what the report holds, as the other files want it: columns with values and texts, and curves unpacked when they are
 * looked at. runtime/launcher/page_json.c and page_curves.c write what is read here. No library: what you read is all there is. */

const data = JSON.parse(document.getElementById('data').textContent);
const runCount = data.ids.length;

/* Four significant digits; zeros at the end are kept, so that columns line up. */
function numberText(v, digits = 4) {
	if (v === null || v === undefined || !isFinite(v))
		return '–';
	const size = Math.abs(v);
	if (v !== 0 && (size < 1e-3 || size >= 1e5))
		return v.toExponential(digits - 1).replace(/e([+-])(\d)$/, 'e$10$2');
	return v === 0 ? '0' : v.toPrecision(digits);
}

const textAt = (column, i) => column.at[i] < 0 ? null : column.values[column.at[i]];
const asNumber = text => text !== null && text.trim() !== '' && isFinite(Number(text)) ? Number(text) : null;

/* A column: value(i) is a number, a text or null; kind says where it comes from. */
function textColumn(name, label, kind, column) {
	const numbers = column.values.map(asNumber);
	const numeric = kind === 'param' && numbers.length > 0 && numbers.every(v => v !== null);
	return {
		name, label, kind, numeric, source: column,
		value: i => column.at[i] < 0 ? null : numeric ? numbers[column.at[i]] : column.values[column.at[i]],
		text: i => textAt(column, i) ?? '',
	};
}

const units = {'duration(s)': 's', train_acc: '%', test_acc: '%'};
/* Results that are whole numbers in every run are shown as such. */
function resultColumn(name) {
	const values = data.results[name], whole = values.every(v => v === null || Number.isInteger(v));
	return {
		name, label: name === 'duration(s)' ? 'duration' : name, unit: units[name], kind: 'result', numeric: true,
		value: i => values[i], text: i => whole && values[i] !== null ? String(values[i]) : numberText(values[i]),
	};
}

const columns = [
	{name: 'run', label: 'run', kind: 'id', numeric: true, value: i => data.ids[i], text: i => String(data.ids[i])},
	textColumn('status', 'status', 'status', data.status),
	...data.params.map(p => textColumn(p.name, p.name, 'param', p.column)),
	...Object.keys(data.results).map(resultColumn),
	textColumn('pipeline', 'pipeline', 'long', data.line),
	textColumn('tags', 'tags', 'text', data.tags),
	textColumn('note', 'note', 'long', data.note),
	textColumn('error', 'error', 'long', data.error),
].filter(c => !c.source || c.source.values.length);
const columnNamed = name => columns.find(c => c.name === name) || columns.find(c => c.label === name);

/* ---- curves ---- */

const places = 4094, digitValue = new Map([...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'].map((c, i) => [c, i]));
const unpacked = new Map();

/* The epochs that values stand at: every one, or of long curves the first, two in each equal part, and the last. */
function epochsOf(epochs, count) {
	const at = new Float64Array(count);
	if (epochs === count) {
		for (let i = 0; i < count; i++)
			at[i] = i + 1;
		return at;
	}
	const parts = (count - 2) / 2, middle = epochs - 2;
	at[0] = 1;
	for (let k = 0; k < parts; k++) {
		const from = Math.floor(k * middle / parts), to = Math.floor((k + 1) * middle / parts);
		at[1 + 2 * k] = 2 + from;                          /* where it is exact for curves that only fall */
		at[2 + 2 * k] = 1 + to;
	}
	at[count - 1] = epochs;
	return at;
}

function unpack([epochs, low, high, code]) {
	const count = code.length / 2, values = new Float64Array(count);
	const logarithmic = low > 0 && high >= 8 * low;
	for (let i = 0; i < count; i++) {
		const place = digitValue.get(code[2 * i]) * 64 + digitValue.get(code[2 * i + 1]), u = place / places;
		values[i] = place > places ? NaN : logarithmic ? low * Math.pow(high / low, u) : low + u * (high - low);
	}
	return {epochs, low, high, at: epochsOf(epochs, count), values};
}

/* {name: curve} of run i; a curve: epochs, low, high, at[], values[]. */
function curvesOf(i) {
	if (!unpacked.has(i)) {
		const all = {};
		(data.curves.runs[i] || []).forEach((c, k) => {
			if (c)
				all[data.curves.names[k]] = unpack(c);
		});
		unpacked.set(i, all);
	}
	return unpacked.get(i);
}

/* ---- elements ---- */

const byId = id => document.getElementById(id);

function element(name, attributes = {}, ...children) {
	const e = document.createElement(name);
	for (const [k, v] of Object.entries(attributes))
		if (k === 'class')
			e.className = v;
		else
			e.setAttribute(k, v);
	e.append(...children);
	return e;
}

function svgElement(name, attributes = {}, text) {
	const e = document.createElementNS('http://www.w3.org/2000/svg', name);
	for (const [k, v] of Object.entries(attributes))
		e.setAttribute(k, v);
	if (text !== undefined)
		e.textContent = text;
	return e;
}
