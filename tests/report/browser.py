"""browser.py: headless Chromium, if there is one, spoken to through a pipe: DevTools messages that end with a NUL byte, so that nothing but
Python is needed. `python3 browser.py REPORT.html PICTURE.png WIDTH HEIGHT [dark] [JAVASCRIPT]` makes a picture to look at."""
import base64
import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
import time

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
PATIENCE = float(os.environ.get("PATIENCE", 120))              # seconds, for a machine under load: no test is about time


class Browser:
    def __init__(self):
        self.profile = tempfile.mkdtemp(prefix="report_browser_")
        to_read, self.to = os.pipe()
        self.source, from_write = os.pipe()

        def settle():
            # Chromium reads descriptor 3 and writes 4; the pipes may stand there themselves.
            a, b = os.dup(to_read), os.dup(from_write)
            while a < 5 or b < 5:
                a, b = os.dup(a), os.dup(b)
            os.dup2(a, 3)
            os.dup2(b, 4)

        self.process = subprocess.Popen([CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--disable-dev-shm-usage",
                                         "--no-first-run", "--disable-background-networking", "--disable-component-update",
                                         f"--user-data-dir={self.profile}", "--remote-debugging-pipe", "about:blank"],
                                        close_fds=False, preexec_fn=settle, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL, env={**os.environ, "HOME": self.profile})
        os.close(to_read)
        os.close(from_write)
        self.count, self.rest, self.events, self.session = 0, b"", [], None
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.ask(f"{domain}.enable")

    def close(self):
        os.close(self.to)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        os.close(self.source)
        shutil.rmtree(self.profile, ignore_errors=True)

    def message(self):
        while b"\0" not in self.rest:
            if not select.select([self.source], [], [], PATIENCE)[0]:
                raise TimeoutError("Chromium says nothing")
            piece = os.read(self.source, 1 << 20)
            if not piece:
                raise EOFError("Chromium has ended")
            self.rest += piece
        one, self.rest = self.rest.split(b"\0", 1)
        return json.loads(one)

    def ask(self, method, **params):
        self.count += 1
        question = {"id": self.count, "method": method, "params": params}
        if self.session:
            question["sessionId"] = self.session
        os.write(self.to, json.dumps(question).encode() + b"\0")
        while True:
            m = self.message()
            if m.get("id") == self.count:
                if "error" in m:
                    raise RuntimeError(f"{method}: {m['error']}")
                return m["result"]
            self.events.append(m)

    def size(self, width, height, dark=False, mobile=False):
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=mobile)
        self.ask("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])

    def open(self, path, fragment=""):
        """Seconds until its scripts have run."""
        self.events.clear()
        begun = time.monotonic()
        self.ask("Page.navigate", url="about:blank")
        self.ask("Page.navigate", url=f"file://{os.path.abspath(path)}{fragment}")
        while self.js("document.readyState") != "complete" or not self.js("location.href.startsWith('file:')"):
            time.sleep(0.02)
        return time.monotonic() - begun

    def js(self, expression):
        result = self.ask("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in result:
            raise RuntimeError(result["exceptionDetails"].get("exception", {}).get("description", "") + f" in {expression}")
        return result["result"].get("value")

    def until(self, expression):
        end = time.monotonic() + PATIENCE
        while not self.js(f"!!({expression})"):
            if time.monotonic() > end:
                raise TimeoutError(expression)
            time.sleep(0.02)

    def pointer(self, kind, x, y, **more):
        self.ask("Input.dispatchMouseEvent", type=kind, x=x, y=y, **more)

    def point(self, selector):
        """Moves the pointer to the middle of an element."""
        x, y = self.js(f"(e => {{ const b = e.getBoundingClientRect(); return [b.left + b.width / 2, b.top + b.height / 2]; }})"
                       f"(document.querySelector({json.dumps(selector)}))")
        self.pointer("mouseMoved", x, y)
        return x, y

    def click(self, selector):
        self.js(f"document.querySelector({json.dumps(selector)}).scrollIntoView({{block: 'center'}})")
        x, y = self.point(selector)
        self.until(f"document.querySelector({json.dumps(selector)}).contains(document.elementFromPoint({x}, {y}))")
        self.js("addEventListener('click', () => window.clicked = true, {capture: true, once: true}), window.clicked = false")
        self.pointer("mousePressed", x, y, button="left", clickCount=1)
        self.pointer("mouseReleased", x, y, button="left", clickCount=1)
        self.until("window.clicked")                             # a browser under load answers before the page has heard of it

    def key(self, key, text=None):
        codes = {"Enter": 13, "Tab": 9, "Escape": 27}
        self.ask("Input.dispatchKeyEvent", type="keyDown", key=key, windowsVirtualKeyCode=codes.get(key, 0), **({"text": text} if text else {}))
        self.ask("Input.dispatchKeyEvent", type="keyUp", key=key, windowsVirtualKeyCode=codes.get(key, 0))

    def picture(self, path, whole=False):
        shot = self.ask("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        with open(path, "wb") as f:
            f.write(base64.b64decode(shot["data"]))

    def complaints(self):
        """What was thrown, blocked or logged as an error since the page was opened, and every address asked for but the page's own."""
        self.js("1")
        out = []
        for e in self.events:
            method, params = e.get("method"), e.get("params", {})
            if method == "Runtime.exceptionThrown":
                out.append(params["exceptionDetails"].get("exception", {}).get("description", str(params)))
            elif method == "Log.entryAdded" and params["entry"]["level"] in ("error", "warning"):
                out.append(params["entry"]["text"])
            elif method == "Network.requestWillBeSent" and not params["request"]["url"].startswith(("file:", "data:", "about:")):
                out.append("asked for " + params["request"]["url"])
        return out


def main():
    page, picture, width, height = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    browser = Browser()
    try:
        browser.size(width, height, "dark" in sys.argv[5:], width < 600)
        took = browser.open(page)
        for script in sys.argv[5:]:
            if script != "dark":
                print(browser.js(script))
        time.sleep(0.3)
        browser.picture(picture)
        print(f"open after {took:.2f} s", *browser.complaints(), sep="\n")
    finally:
        browser.close()


if __name__ == "__main__":
    main()
