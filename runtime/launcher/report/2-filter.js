/* 2-filter.js: which runs a line of text means: words that stand somewhere in a run (-word: nowhere), and conditions on columns. */

const condition = /^([^\s<>=!"]+)(<=|>=|!=|=|<|>)(.*)$/;

/* Words are apart by blanks; "in quotes" blanks belong to a word. */
function filterWords(text) {
	return [...text.matchAll(/(?:[^\s"]|"[^"]*"?)+/g)].map(m => m[0].replaceAll('"', ''));
}

function compareValues(value, operator, wanted) {
	const a = typeof value === 'number' ? value : asNumber(value), b = asNumber(wanted);
	const numbers = a !== null && b !== null;
	switch (operator) {
	case '=': return numbers ? a === b : String(value) === wanted;
	case '!=': return numbers ? a !== b : String(value) !== wanted;
	case '<': return numbers && a < b;
	case '<=': return numbers && a <= b;
	case '>': return numbers && a > b;
	default: return numbers && a >= b;
	}
}

function conditionTest(name, operator, wanted) {
	const column = columnNamed(name);
	if (!column)
		throw new Error(`There is no column “${name}”. Columns: ${columns.map(c => c.name).join(', ')}.`);
	if (wanted === '')
		throw new Error(`${name}${operator} needs a value.`);
	if (operator !== '=' && operator !== '!=' && asNumber(wanted) === null)
		throw new Error(`${name}${operator}${wanted}: “${wanted}” is no number.`);
	return i => {
		const value = column.value(i);
		return value === null || value === undefined ? operator === '!=' : compareValues(value, operator, wanted);
	};
}

/* All that a word may be found in, made once for each run. */
const haystacks = [];
function haystack(i) {
	return haystacks[i] ??= columns.filter(c => c.kind !== 'result').map(c => c.text(i)).join('\n').toLowerCase();
}

function wordTest(word) {
	const not = word.length > 1 && word.startsWith('-'), wanted = (not ? word.slice(1) : word).toLowerCase();
	return i => haystack(i).includes(wanted) !== not;
}

/* The indices of the runs that fit, in order of their numbers. Throws an Error with what to tell the reader. */
function filterRuns(text) {
	const tests = filterWords(text).map(word => {
		const m = condition.exec(word);
		return m ? conditionTest(m[1], m[2], m[3]) : wordTest(word);
	});
	const out = [];
	for (let i = 0; i < runCount; i++)
		if (tests.every(test => test(i)))
			out.push(i);
	return out;
}

/* Runs without a value come last, whichever way the others go; equal ones keep their order. */
function sortRuns(runs, column, descending) {
	const keys = new Map(runs.map(i => [i, column.value(i)])), none = v => v === null || v === undefined;
	const order = (a, b) => typeof a === 'number' && typeof b === 'number' ? a - b : String(a).localeCompare(String(b), undefined, {numeric: true});
	return [...runs].sort((i, k) => {
		const a = keys.get(i), b = keys.get(k);
		if (none(a) || none(b))
			return none(a) - none(b) || i - k;
		return (descending ? -order(a, b) : order(a, b)) || i - k;
	});
}
