"""test_browser.py MOSAIC: the page of mosaic report in a headless Chromium: what is sorted, filtered and pointed at, with mouse and keyboard."""
from browser import CHROMIUM, Browser
from harness import *

EVIL = '</script><img src=x onerror="window.hacked=1">'


@unittest.skipUnless(CHROMIUM, "there is no Chromium")
class InBrowser(Folder):
    @classmethod
    def setUpClass(cls):
        cls.browser = Browser()

    @classmethod
    def tearDownClass(cls):
        cls.browser.close()

    def show(self, fragment="", width=1280, height=900, dark=False, mobile=False, make=lambda path: sweep(path, 24, 60), pictures=False):
        if not (self.at / "a.db").exists():
            make(self.path("a.db"))
            self.report(pictures=pictures)
        self.browser.size(width, height, dark, mobile)
        self.browser.open(self.path("a.html"), fragment)
        self.until("table.rows.size > 0 || runCount === 0")
        return self.browser

    def js(self, expression):
        return self.browser.js(expression)

    def until(self, expression):
        self.browser.until(expression)

    def column(self, name):
        """What stands in a column of the table."""
        place = self.js(f"table.shown.findIndex(c => c.name === '{name}')")
        return self.js(f"[...document.querySelectorAll('#table tbody tr:not(.detail)')].map(r => r.children[{place}].textContent)")

    def tearDown(self):
        self.assertEqual(self.browser.complaints(), [])

    def test_sorting(self):
        self.show()
        losses = [v for (v,) in self.sql("SELECT run_id FROM run_results ORDER BY test_loss")]
        self.assertEqual(self.column("run"), [str(i) for i in range(1, 25)])
        self.browser.click('#table thead button[data-column="test_loss"]')
        self.assertEqual(self.column("run"), [str(i) for i in losses])
        self.assertEqual(self.js("document.querySelector('[aria-sort=ascending]').textContent"), "test_loss ▲")
        self.js("document.querySelector('#table thead button[data-column=test_loss]').focus()")
        self.browser.key("Enter", "\r")                          # the same by keyboard; the focus stays
        self.until("document.querySelector('[aria-sort=descending]')")
        self.assertEqual(self.column("run"), [str(i) for i in reversed(losses)])
        self.assertEqual(self.js("document.activeElement.dataset.column"), "test_loss")
        self.assertEqual(self.js("location.hash"), "#sort=-test_loss")

    def test_numbers_are_sorted_as_numbers_and_nothing_comes_last(self):
        def make(path):
            db = Database(path).launch()
            for i, width in enumerate([10, 9, 100]):
                db.run(i + 1, width=width, test_loss=(0.5, None, 1e-12)[i])
            db.close()
        self.show("#sort=width", make=make)
        self.assertEqual(self.column("width"), ["9", "10", "100"])
        self.show("#sort=-test_loss")
        self.assertEqual(self.column("test_loss"), ["0.5000", "1.000e-12", "–"])
        self.show("#sort=test_loss")
        self.assertEqual(self.column("test_loss"), ["1.000e-12", "0.5000", "–"])

    def filtered(self, text):
        self.js(f"(e => {{ e.value = {json.dumps(text)}; e.dispatchEvent(new Event('input')); }})(byId('filter'))")
        self.until(f"table.filter === {json.dumps(text)}")
        self.browser.js("new Promise(r => setTimeout(r, 20))")
        return self.js("table.runs.map(i => data.ids[i])")

    def test_filter(self):
        self.show()
        by_sql = lambda where: [i for (i,) in self.sql(f"SELECT run_id FROM run_results JOIN runs USING(run_id) WHERE {where} ORDER BY run_id")]
        middle = self.sql("SELECT avg(test_loss) FROM (SELECT test_loss FROM run_results ORDER BY test_loss LIMIT 2 OFFSET 11)")[0][0]
        for text, where in (("funnel", "pipeline LIKE '%funnel%'"), ("-funnel", "pipeline NOT LIKE '%funnel%'"), (f"test_loss<={middle}", f"test_loss <= {middle}"),
                            ("width>=3 width<4 brick", "pipeline LIKE '%brick(4,3)%'"), ("seed!=1", "run_id % 4 != 1"), ("run=7", "run_id = 7"), ("", "1"),
                            ('"mlp_brick(4,3)"', "pipeline LIKE '%brick(4,3)%'"), ("status=done", "1"), ("nothing like it", "0")):
            self.assertEqual(self.filtered(text), by_sql(where), text)
        self.assertEqual(self.js("byId('mistake').textContent"), "No run is like that.")
        self.assertEqual(self.filtered("brick"), self.js("overview.runs.map(i => data.ids[i])"))
        self.assertEqual(self.js("byId('count').textContent"), "12 of 24 runs")
        for text, says in (("wdth>3", "There is no column “wdth”. Columns: run, status, mlp_key, width, seed,"), ("width>=", "width>= needs a value."),
                           ("width<wide", "width<wide: “wide” is no number.")):
            self.assertEqual(len(self.filtered(text)), 12)       # what was shown stays
            self.assertTrue(self.js("byId('mistake').textContent").startswith(says), self.js("byId('mistake').textContent"))

    def test_a_filter_that_is_typed(self):
        self.show()
        self.browser.click("#filter")
        for letter in "brick":
            self.browser.key(letter, letter)
        self.until("byId('count').textContent === '12 of 24 runs'")
        self.until("location.hash === '#filter=brick'")

    def test_curve_on_hover(self):
        self.show()
        self.js("document.querySelector('#tools').scrollIntoView()")
        self.assertTrue(self.js("byId('card').hidden"))
        self.browser.point('#table tr[data-run="3"] td')
        self.until("!byId('card').hidden")
        self.assertEqual(self.js("document.querySelector('#card h3').textContent"), "Run 3: dataset_OR(1,200) | mlp_brick(4,2)")
        self.assertEqual(self.js("[...document.querySelectorAll('#card .curve')].map(p => p.getAttribute('class'))"), ["curve train", "curve test"])
        self.assertEqual(self.js("document.querySelectorAll('#card .curve')[0].getAttribute('d').split('L').length"), 60)
        value = self.sql("SELECT test_loss FROM run_results WHERE run_id = 3")[0][0]
        self.assertIn(f"test_loss {value:#.3g}", self.js("document.querySelector('#card .key').textContent"))
        self.assertTrue(self.js("(c => r => c.bottom <= r.top || c.top >= r.bottom)(byId('card').getBoundingClientRect())"
                                "(document.querySelector('tr[data-run=\"3\"]').getBoundingClientRect())"), "the card lies on its row")
        self.browser.pointer("mouseMoved", 3, 3)
        self.until("byId('card').hidden")

    def test_curve_by_keyboard(self):
        self.show()
        self.js("document.querySelector('tr[data-run=\"5\"] button').focus()")
        self.until("!byId('card').hidden")
        self.assertTrue(self.js("document.querySelector('#card h3').textContent.startsWith('Run 5:')"))
        self.browser.key("Enter", "\r")
        self.until("document.querySelector('tr[data-detail=\"5\"]')")
        self.assertEqual(self.js("document.activeElement.getAttribute('aria-expanded')"), "true")
        self.browser.key("Enter", "\r")
        self.until("!document.querySelector('tr[data-detail=\"5\"]')")

    def test_overview_finds_the_curve_that_is_pointed_at(self):
        self.show()
        self.js("document.querySelector('#overview').scrollIntoView()")
        self.until("overview.paths.length === 24")
        k, x, y = self.js("(p => { const f = byId('field').getBoundingClientRect(), k = p.curve.values.length - 1;"
                          " return [p.i, f.left + overview.frame.x.at(p.curve.at[k]) - 1, f.top + overview.frame.y.at(p.curve.values[k])]; })"
                          "(overview.paths.reduce((a, b) => a.curve.values.at(-1) > b.curve.values.at(-1) ? a : b))")
        self.browser.pointer("mouseMoved", x, y)
        self.until(f"overview.lit === {k} && overview.mark.getAttribute('d') !== ''")
        self.assertTrue(self.js(f"overview.label.textContent.startsWith('run ' + data.ids[{k}])"))
        self.browser.pointer("mousePressed", x, y, button="left", clickCount=1)
        self.browser.pointer("mouseReleased", x, y, button="left", clickCount=1)
        self.until(f"document.querySelector('tr[data-detail=\"' + data.ids[{k}] + '\"]')")

    def test_all_of_a_run(self):
        self.show("#run=7&sort=-run")
        self.until("document.querySelector('tr[data-detail=\"7\"]')")
        text = self.js("document.querySelector('tr[data-detail=\"7\"]').textContent")
        for words in ("Run 7: dataset_OR(1,200) | mlp_brick(4,3)", "width3", "seed3", "epochs60", "train_acc", "overfit0.01000"):
            self.assertIn(words, text)
        self.assertEqual(self.js("document.querySelectorAll('tr[data-detail=\"7\"] svg').length"), 2)
        svg = 'tr[data-detail="7"] svg'
        self.js(f"document.querySelector('{svg}').scrollIntoView({{block: 'center'}})")
        self.browser.point(svg)
        self.until("/epoch (2|3)\\d/.test(document.querySelector('tr[data-detail=\"7\"] .key').textContent)")
        self.browser.click('tr[data-detail="7"] a')
        self.until("document.querySelector('#programs details[open] pre')")
        self.assertEqual(self.js("document.querySelector('#programs details[open] pre').textContent") + "\n",
                         self.sql("SELECT source FROM programs JOIN run_details ON hash = program_hash WHERE run_id = 7")[0][0])

    def test_columns(self):
        self.show()
        self.assertNotIn("overfit", self.js("table.shown.map(c => c.name)"))
        self.browser.click("#columns summary")
        self.browser.click('#columns input[data-column="overfit"]')
        self.assertEqual(set(self.column("overfit")), {"0.01000"})

    def test_thousands_of_runs_come_as_they_are_scrolled(self):
        self.show(make=lambda path: sweep(path, 1000, 20))
        self.assertEqual(self.js("document.querySelectorAll('#table tbody tr').length"), 100)
        self.assertEqual(self.js("byId('more').textContent"), "Show more (100 of 1000)")
        self.js("byId('table').scrollTop = 1e6")
        self.until("document.querySelectorAll('#table tbody tr').length === 200")
        self.browser.click("#more")
        self.until("document.querySelectorAll('#table tbody tr').length >= 300")
        self.show("#run=950")
        self.until("document.querySelector('tr[data-detail=\"950\"]')")

    def test_themes(self):
        page = "getComputedStyle(document.body).backgroundColor"
        light, dark = "rgb(253, 253, 252)", "rgb(21, 24, 28)"
        self.show()
        self.assertEqual(self.js(page), light)
        self.show(dark=True)
        self.assertEqual(self.js(page), dark)
        for label, colour in (("light", light), ("dark", dark), ("auto", dark)):
            self.browser.click("#theme")
            self.assertEqual((self.js("byId('theme').textContent"), self.js(page)), (f"Theme: {label}", colour))

    def contrast(self):
        """The least contrast between the text of an element and what is behind it."""
        return self.js("""(() => {
            const lum = c => { const [r, g, b] = c.map(v => (v /= 255) <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4); return .2126 * r + .7152 * g + .0722 * b; };
            const rgb = s => (s.match(/[\\d.]+/g) || [0, 0, 0, 0]).map(Number);
            let least = [99, ''];
            for (const e of document.querySelectorAll('body *')) {
                if (![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()) || !e.getClientRects().length || e.closest('svg, option, select')) continue;
                let p = e, back = [0, 0, 0, 0];
                while (p && !(back[3] === undefined ? back.length : back[3])) { back = rgb(getComputedStyle(p).backgroundColor); p = p.parentElement; }
                const a = lum(rgb(getComputedStyle(e).color).slice(0, 3)), b = lum(back.slice(0, 3)), c = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
                if (c < least[0]) least = [c, e.tagName + '.' + e.className + ': ' + e.textContent.slice(0, 40)];
            }
            return least; })()""")

    def test_contrast(self):
        def make(path):
            db = Database(path).launch()
            for i in range(16):
                db.run(i + 1, model="ab"[i // 8], model_class=("m_a", "m_b")[i // 8], seed=i % 8 + 1, test_loss=i + 1.0)
            db.run(20, status="error", error="broken", results=False).run(21, status="interrupted", results=False).close()
        for dark in (False, True):
            self.show("#run=20", dark=dark, make=make)
            least, where = self.contrast()
            self.assertGreater(least, 4.5, where)

    def test_fits_a_phone(self):
        for width in (390, 1280):
            self.show("#run=3", width=width, mobile=width < 600, pictures=True)
            self.assertLessEqual(self.js("document.documentElement.scrollWidth"), width)

    def test_hostile_names_do_nothing(self):
        def make(path):
            db = Database(path).launch(config=EVIL, text=EVIL, host=EVIL)
            db.program("p1", EVIL, EVIL)
            for i in range(8):
                db.run(i + 1, model=(EVIL, "'\"><b>")[i // 4], model_class=("m_a", "m_b")[i // 4], seed=i % 4 + 1, data=EVIL, note=EVIL, line=EVIL,
                       curves={EVIL: [1.0, 2.0], "test_loss": [0.5, float("nan"), 0.25]})
            db.run(9, status="error", error=EVIL, results=False).close()
        self.show("#run=1,9&filter=img", make=make, pictures=True)
        self.browser.click("#columns summary")
        self.browser.point('#table tr[data-run="1"] td')
        self.js("document.querySelectorAll('details').forEach(d => d.open = true)")
        self.until("document.querySelector('#programs pre')")
        self.assertEqual(self.js("[typeof window.hacked, document.querySelectorAll('img[onerror], b b, main b:not(.tile b)').length]"), ["undefined", 0])
        self.assertIn(EVIL, self.js("document.querySelector('#programs pre').textContent"))
        self.show("#filter=" + "%3Cimg src=x onerror=alert(1)%3E" + "&sort=constructor&run=1e9,-1,x")
        self.assertEqual(self.js("typeof window.hacked"), "undefined")

    def test_a_database_of_the_original_and_one_run(self):
        def make(path):
            db = Database(path, original=True)
            db.run(1).close()
        self.show(make=make)
        self.assertTrue(self.js("byId('overview').hidden"))
        self.assertEqual(self.column("run"), ["1"])
        self.assertEqual(self.js("byId('count').textContent"), "1 run")

    def test_print(self):
        self.show(make=lambda path: sweep(path, 240, 10), dark=True)
        self.browser.ask("Emulation.setEmulatedMedia", media="print", features=[{"name": "prefers-color-scheme", "value": "dark"}])
        self.assertEqual(self.js("getComputedStyle(document.body).backgroundColor"), "rgb(255, 255, 255)")
        self.assertEqual(self.js("getComputedStyle(document.querySelector('#table td')).color"), "rgb(0, 0, 0)")
        self.js("dispatchEvent(new Event('beforeprint'))")
        self.assertEqual(self.js("getComputedStyle(document.querySelector('nav')).display"), "none")
        self.assertEqual(self.js("getComputedStyle(byId('table')).overflow"), "visible")
        self.assertEqual(self.js("document.querySelectorAll('#table tbody tr').length"), 240)
        self.browser.ask("Emulation.setEmulatedMedia", media="")


if __name__ == "__main__":
    if not CHROMIUM:
        print("skipped: there is no Chromium (Debian's package chromium)")
    main()
