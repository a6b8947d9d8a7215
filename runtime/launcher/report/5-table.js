/* 5-table.js: the table of runs: sorted by any column, filtered, a piece at a time as it is scrolled; and all of a run below its row. */

const piece = 100;
const table = {filter: '', sort: 'run', descending: false, shown: [], runs: [], drawn: 0, open: new Set(), rows: new Map()};

/* At first: what tells runs apart, and the results that most look for. */
function suggestColumns() {
	const results = ['train_loss', 'test_loss', 'test_acc', 'nb_params', 'duration(s)'];
	const params = columns.filter(c => c.kind === 'param').slice(0, 8);
	const differs = data.status.values.length > 1 || data.status.values[0] !== 'done';
	return columns.filter(c => c.kind === 'id' || (c.kind === 'status' && differs) || params.includes(c) || results.includes(c.name) || c.name === 'tags' || c.name === 'note');
}

function drawHead(onSort) {
	const row = element('tr');
	for (const c of table.shown) {
		const sorted = c.name === table.sort;
		const button = element('button', {type: 'button', 'data-column': c.name}, c.label + (c.unit ? ` (${c.unit})` : ''), sorted ? (table.descending ? ' ▼' : ' ▲') : '');
		button.addEventListener('click', () => onSort(c.name));
		row.append(element('th', {scope: 'col', class: c.numeric ? 'n' : '', 'aria-sort': sorted ? table.descending ? 'descending' : 'ascending' : 'none'}, button));
	}
	const head = byId('table').querySelector('thead'), had = document.activeElement?.dataset?.column;
	head.replaceChildren(row);
	if (had)
		[...head.querySelectorAll('button')].find(b => b.dataset.column === had)?.focus();
}

function drawCell(c, i) {
	if (c.kind === 'id') {
		const button = element('button', {type: 'button', 'aria-expanded': String(table.open.has(i)), title: 'all of this run'}, c.text(i));
		return element('th', {scope: 'row', class: 'n'}, button);
	}
	const cell = element('td', {class: c.numeric ? 'n' : c.kind === 'long' ? 'long' : c.kind === 'status' ? `status-${c.text(i)}` : ''}, c.text(i));
	if (c.kind === 'long')
		cell.title = c.text(i);
	return cell;
}

function drawRow(i) {
	const row = element('tr', {'data-run': data.ids[i]}, ...table.shown.map(c => drawCell(c, i)));
	row.addEventListener('pointerenter', event => event.pointerType !== 'touch' && showRun(i, row));
	row.addEventListener('pointerleave', () => showRun(-1));
	row.addEventListener('focusin', () => showRun(i, row));
	row.addEventListener('focusout', () => showRun(-1));
	row.addEventListener('click', () => {
		if (!String(getSelection()))
			toggleRun(i);
	});
	table.rows.set(i, row);
	return row;
}

function drawMore() {
	const body = byId('table').querySelector('tbody'), to = Math.min(table.runs.length, table.drawn + piece), rows = [];
	for (; table.drawn < to; table.drawn++) {
		const i = table.runs[table.drawn];
		rows.push(drawRow(i));
		if (table.open.has(i))
			rows.push(drawDetail(i));
	}
	body.append(...rows);
	const more = byId('more');
	more.hidden = table.drawn >= table.runs.length;
	more.textContent = `Show more (${table.drawn} of ${table.runs.length})`;
}

function drawTable() {
	table.rows.clear();
	table.drawn = 0;
	byId('table').querySelector('tbody').replaceChildren();
	byId('table').scrollTop = 0;
	drawMore();
	const all = table.runs.length === runCount;
	byId('count').textContent = all ? `${runCount} run${runCount === 1 ? '' : 's'}` : `${table.runs.length} of ${runCount} runs`;
}

/* ---- one run ---- */

function facts(i) {
	const list = columns.filter(c => c.kind !== 'long' && c.kind !== 'id' && (c.value(i) ?? '') !== '');
	return element('dl', {class: 'params'}, ...list.map(c => element('div', {}, element('dt', {}, c.label), element('dd', {}, c.text(i) + (c.unit ? ` ${c.unit}` : '')))));
}

function drawDetail(i) {
	const charts = element('div'), rest = element('div', {}, facts(i)), error = textAt(data.error, i), note = textAt(data.note, i), hash = textAt(data.program, i);
	for (const measure of measures.slice(0, 6)) {
		const chart = runChart(i, measure, Math.min(520, innerWidth - 90), 200, true);
		if (chart)
			charts.append(chart);
	}
	if (!charts.children.length)
		charts.append(element('p', {class: 'aside'}, 'There are no curves of this run.'));
	if (note)
		rest.prepend(element('p', {}, `Note: ${note}`));
	if (error)
		rest.prepend(element('pre', {class: 'error'}, error));
	if (hash && programOf(hash)) {
		const link = element('a', {href: '#texts'}, programOf(hash).name || hash);
		link.addEventListener('click', event => openProgram(hash, event));
		rest.append(element('p', {}, 'Program: ', link));
	}
	const title = element('h3', {}, `Run ${data.ids[i]}: `, textAt(data.line, i) ?? '');
	const inside = element('div', {class: 'inside'}, charts, element('div', {}, title, rest));
	return element('tr', {class: 'detail', 'data-detail': data.ids[i]}, element('td', {colspan: table.shown.length}, inside));
}

function toggleRun(i, open = !table.open.has(i)) {
	const row = table.rows.get(i);
	table.open[open ? 'add' : 'delete'](i);
	if (row) {
		row.querySelector('th button')?.setAttribute('aria-expanded', String(open));
		const below = row.nextElementSibling, there = below && below.dataset.detail === row.dataset.run;
		if (open && !there)
			row.after(drawDetail(i));
		else if (!open && there)
			below.remove();
	}
	keepState();
}

/* Opens a run that may not be drawn yet. */
function openRun(i) {
	while (!table.rows.has(i) && table.drawn < table.runs.length)
		drawMore();
	toggleRun(i, true);
	table.rows.get(i)?.scrollIntoView({block: 'center'});
}

/* ---- the run that is pointed at ---- */

function showRun(i, from) {
	const card = byId('card'), chart = i >= 0 && measures.length ? runChart(i, overview.name ? curveParts(overview.name).measure : measures[0], 400, 190, false) : null;
	lightCurve(i);
	document.querySelectorAll('#table tr.lit').forEach(r => r.classList.remove('lit'));
	if (i >= 0)
		table.rows.get(i)?.classList.add('lit');
	card.hidden = i < 0 || (!chart && !data.error.values.length);
	if (card.hidden)
		return;
	const lines = [element('h3', {}, `Run ${data.ids[i]}: ${textAt(data.line, i) ?? ''}`)];
	lines.push(chart || element('p', {class: 'aside'}, textAt(data.error, i) ? textAt(data.error, i).slice(0, 300) : 'no curves'));
	card.replaceChildren(...lines);
	if (!from)
		return;
	/* Below what is pointed at, or above where there is no room: never on it. */
	const box = from.getBoundingClientRect ? from.getBoundingClientRect() : {top: from.clientY - 12, bottom: from.clientY + 24}, height = card.offsetHeight;
	card.style.top = `${box.bottom + 8 + height < innerHeight ? box.bottom + 8 : Math.max(8, box.top - height - 8)}px`;
}
