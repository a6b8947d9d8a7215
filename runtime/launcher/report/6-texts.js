/* 6-texts.js: the programs that the runs were trained by. Programs of one sweep differ in a few lines: the report holds each line once. */

const programsAtOnce = 50;
const programs = data.programs || [];
const programOf = hash => programs.find(p => p.hash === hash);

function programElement(p) {
	const count = `${p.runs} run${p.runs === 1 ? '' : 's'}`;
	const summary = element('summary', {}, element('code', {}, p.name || p.hash), ' ', element('span', {class: 'aside'}, `${count}, ${p.hash}`));
	const details = element('details', {class: 'source', 'data-hash': p.hash}, summary);
	details.addEventListener('toggle', () => {
		if (details.open && !details.querySelector('pre, p'))
			details.append(p.lines ? element('pre', {}, p.lines.map(k => data.lines[k]).join('\n'))
				: element('p', {class: 'aside'}, 'This report had no room for its text: mosaic show RUN --program prints it.'));
	});
	return details;
}

function drawPrograms(from = 0) {
	const place = byId('programs'), to = Math.min(programs.length, from + programsAtOnce);
	place.append(...programs.slice(from, to).map(programElement));
	if (to === programs.length)
		return;
	const more = element('button', {type: 'button'}, `Show more (${to} of ${programs.length} programs)`);
	more.addEventListener('click', () => {
		more.remove();
		drawPrograms(to);
	});
	place.append(more);
}

function openProgram(hash, event) {
	const find = () => [...byId('programs').querySelectorAll('details')].find(d => d.dataset.hash === hash);
	event.preventDefault();
	event.stopPropagation();
	while (!find() && byId('programs').querySelector(':scope > button'))
		byId('programs').querySelector(':scope > button').click();
	const details = find();
	if (!details)
		return;
	details.open = true;
	details.scrollIntoView();
	details.querySelector('summary').focus({preventScroll: true});
}

function startPrograms() {
	if (data.programs === null)
		byId('programs').append(element('p', {class: 'aside'}, 'This report was made without the text of programs.'));
	else if (!programs.length)
		byId('programs').append(element('p', {class: 'aside'}, 'The database holds no text of programs.'));
	else
		drawPrograms();
}
