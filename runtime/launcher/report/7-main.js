/* 7-main.js: puts the page together. What is sorted, filtered and open stands in the address, so that a view can be kept or sent. */

function keepState() {
	const state = new URLSearchParams();
	if (table.filter)
		state.set('filter', table.filter);
	if (table.sort !== 'run' || table.descending)
		state.set('sort', (table.descending ? '-' : '') + table.sort);
	if (table.open.size)
		state.set('run', [...table.open].slice(0, 20).map(i => data.ids[i]).join(','));
	try {
		history.replaceState(null, '', String(state) ? `#${state}` : location.pathname + location.search);
	} catch {
		/* Some browsers keep no state of local files. */
	}
}

function readState() {
	if (!location.hash.includes('='))
		return;
	const state = new URLSearchParams(location.hash.slice(1)), sort = state.get('sort') || '';
	table.filter = state.get('filter') || '';
	byId('filter').value = table.filter;
	const column = columnNamed(sort.replace(/^-/, ''));
	if (column) {
		table.sort = column.name;
		table.descending = sort.startsWith('-');
	}
	for (const id of (state.get('run') || '').split(',')) {
		const i = id ? data.ids.indexOf(Number(id)) : -1;
		if (i >= 0)
			table.open.add(i);
	}
}

function applyTable() {
	let runs;
	try {
		runs = filterRuns(table.filter);
		byId('mistake').textContent = runs.length ? '' : 'No run is like that.';
	} catch (mistake) {
		byId('mistake').textContent = mistake.message;
		if (table.drawn)
			return;                                            /* what was shown stays while somebody is typing */
		runs = filterRuns('');
	}
	table.runs = sortRuns(runs, columnNamed(table.sort), table.descending);
	drawHead(sortBy);
	drawTable();
	overview.runs = runs;
	drawOverview();
}

/* Numbers that one wants large first are still sorted from the smallest: a second click turns it. */
function sortBy(name) {
	table.descending = table.sort === name && !table.descending;
	table.sort = name;
	table.runs = sortRuns(table.runs, columnNamed(name), table.descending);
	drawHead(sortBy);
	drawTable();
	keepState();
}

function startColumns() {
	const place = byId('columns').querySelector('div');
	table.shown = suggestColumns();
	for (const c of columns) {
		const box = element('input', {type: 'checkbox', 'data-column': c.name});
		box.checked = table.shown.includes(c);
		box.disabled = c.kind === 'id';
		box.addEventListener('change', () => {
			table.shown = columns.filter(k => place.querySelector(`input[data-column="${CSS.escape(k.name)}"]`).checked);
			drawHead(sortBy);
			drawTable();
		});
		place.append(element('label', {}, box, c.label));
	}
	document.addEventListener('click', event => {
		if (!byId('columns').contains(event.target))
			byId('columns').open = false;
	});
	byId('columns').addEventListener('keydown', event => {
		if (event.key === 'Escape') {
			byId('columns').open = false;
			byId('columns').querySelector('summary').focus();
		}
	});
}

function startTools() {
	let waiting = 0;
	byId('filter').addEventListener('input', event => {
		table.filter = event.target.value.trim();
		clearTimeout(waiting);
		waiting = setTimeout(() => {
			applyTable();
			keepState();
		}, runCount > 500 ? 150 : 0);
	});
	byId('more').addEventListener('click', drawMore);
	addEventListener('beforeprint', () => {
		while (table.drawn < Math.min(table.runs.length, 5 * piece))
			drawMore();
	});
	byId('table').addEventListener('scroll', event => {
		const t = event.target;
		if (t.scrollTop + t.clientHeight > t.scrollHeight - 600 && table.drawn < table.runs.length)
			drawMore();
		showRun(-1);
	});
	addEventListener('hashchange', () => {
		if (!location.hash.includes('='))
			return;
		table.open.clear();
		readState();
		applyTable();
	});
}

/* auto: as the system has it. */
function startTheme() {
	const button = byId('theme'), order = ['auto', 'light', 'dark'];
	let theme = 'auto';
	try {
		theme = localStorage.getItem('mosaic-theme') || 'auto';
	} catch {
		/* Nothing is kept then. */
	}
	const apply = () => {
		button.textContent = `Theme: ${theme}`;
		if (theme === 'auto')
			delete document.documentElement.dataset.theme;
		else
			document.documentElement.dataset.theme = theme;
		drawOverview();
	};
	if (!order.includes(theme))
		theme = 'auto';
	button.hidden = false;
	button.addEventListener('click', () => {
		theme = order[(order.indexOf(theme) + 1) % order.length];
		try {
			localStorage.setItem('mosaic-theme', theme);
		} catch {
			/* Nothing is kept then. */
		}
		apply();
	});
	matchMedia('(prefers-color-scheme: dark)').addEventListener('change', drawOverview);
	apply();
}

function start() {
	for (const id of ['tools', 'table'])
		byId(id).hidden = false;
	startTheme();
	startColumns();
	startOverview(showRun, openRun);
	readState();
	applyTable();
	startTools();
	startPrograms();
	if (table.open.size)
		openRun([...table.open][0]);
}

start();
