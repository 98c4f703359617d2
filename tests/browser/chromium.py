"""A headless Chromium driven over its DevTools pipe: JSON messages that end in a zero byte, on descriptors 3 and 4. Nothing to install
but the browser. Console messages, exceptions and every request's address are kept for the tests to look at.

https://chromedevtools.github.io/devtools-protocol/
"""
import base64
import json
import os
import shutil
import subprocess
import tempfile
import threading
import time

PATIENCE = 30  # seconds; for a busy machine


def find():
    for name in ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"):
        path = shutil.which(name)
        if path:
            return path
    return None


class Browser:
    """One page of one browser."""

    def __init__(self, path):
        self.folder = tempfile.mkdtemp(prefix="ocelli-browser-")
        to_browser, self.write_end = os.pipe()
        self.read_end, from_browser = os.pipe()
        command = [path, "--headless=new", "--remote-debugging-pipe", f"--user-data-dir={self.folder}", "--no-first-run", "--disable-gpu", "--disable-dev-shm-usage",
                   "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions", "--mute-audio", "--hide-scrollbars",
                   "--disable-default-apps", "--host-resolver-rules=MAP evil.example 127.0.0.1 , MAP * ~NOTFOUND , EXCLUDE 127.0.0.1", "about:blank"]
        if os.geteuid() == 0:
            command.insert(1, "--no-sandbox")  # Chromium's sandbox does not run as root; it sees our own pages alone

        def wire():
            os.dup2(to_browser, 3)
            os.dup2(from_browser, 4)

        def move(fd):  # out of the way of 3 and 4
            high = os.dup(fd) if fd <= 4 else fd
            return high

        to_browser, from_browser = move(to_browser), move(from_browser)
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, close_fds=False,
                                        preexec_fn=wire, env={**os.environ, "HOME": self.folder})
        os.close(to_browser)
        os.close(from_browser)
        self.ids, self.answers, self.lock, self.arrived = 0, {}, threading.Lock(), threading.Condition()
        self.console, self.requests, self.loaded = [], [], 0
        self.session, self.canned = None, None
        threading.Thread(target=self._read, daemon=True).start()
        targets = self.call("Target.getTargets", session=False)["targetInfos"]
        target = next(t["targetId"] for t in targets if t["type"] == "page")
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True, session=False)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log", "DOM"):
            self.call(domain + ".enable")

    def _read(self):
        rest = b""
        while True:
            data = os.read(self.read_end, 1 << 20)
            if not data:
                return
            *messages, rest = (rest + data).split(b"\0")
            for message in messages:
                self._take(json.loads(message))

    def _take(self, message):
        with self.arrived:
            if "id" in message:
                self.answers[message["id"]] = message
            else:
                self._event(message["method"], message["params"])
            self.arrived.notify_all()

    def _event(self, method, p):
        if method == "Page.loadEventFired":
            self.loaded += 1
        elif method == "Fetch.requestPaused":
            self._send("Fetch.fulfillRequest", requestId=p["requestId"], responseCode=200, responseHeaders=[{"name": "content-type", "value": "application/json"}],
                       body=base64.b64encode(json.dumps(self.canned).encode()).decode())
        elif method == "Network.requestWillBeSent":
            self.requests.append(p["request"]["url"])
        elif method == "Runtime.consoleAPICalled" and p["type"] in ("error", "warning", "assert"):
            self.console.append(p["type"] + ": " + " ".join(str(a.get("value", a.get("description", ""))) for a in p["args"]))
        elif method == "Runtime.exceptionThrown":
            d = p["exceptionDetails"]
            self.console.append("exception: " + d.get("exception", {}).get("description", d["text"]))
        elif method == "Log.entryAdded" and p["entry"]["level"] in ("error", "warning"):
            self.console.append(f"{p['entry']['level']}: {p['entry']['text']} {p['entry'].get('url', '')}")

    def _send(self, method, session=True, **params):
        with self.lock:
            self.ids += 1
            message = {"id": self.ids, "method": method, "params": params}
            if session and self.session:
                message["sessionId"] = self.session
            os.write(self.write_end, json.dumps(message).encode() + b"\0")
            return message["id"]

    def answer(self, pattern, value):
        """Requests like that get this JSON instead of the server's answer; None: the server's again."""
        self.canned = value
        if value is None:
            self.call("Fetch.disable")
        else:
            self.call("Fetch.enable", patterns=[{"urlPattern": pattern}])

    def call(self, method, session=True, **params):
        number = self._send(method, session, **params)
        with self.arrived:
            if not self.arrived.wait_for(lambda: number in self.answers, PATIENCE):
                raise AssertionError(f"no answer to {method}")
            answer = self.answers.pop(number)
        if "error" in answer:
            raise AssertionError(f"{method}: {answer['error']}")
        return answer["result"]

    def js(self, expression):
        """The value of an expression, awaited."""
        result = self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in result:
            d = result["exceptionDetails"]
            raise AssertionError(f"{expression[:120]}: {d.get('exception', {}).get('description', d['text'])}")
        return result["result"].get("value")

    def wait(self, expression, what=None, seconds=PATIENCE):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.js(f"Boolean({expression})"):
                return
            time.sleep(0.05)
        raise AssertionError(f"waited {seconds} s for {what or expression}; the page says: {self.js('document.body.innerText')[:1500]}")

    def open(self, url):
        """A fresh load, also where only the fragment differs."""
        for one in ("about:blank", url):
            before = self.loaded
            self.call("Page.navigate", url=one)
            with self.arrived:
                assert self.arrived.wait_for(lambda: self.loaded > before, PATIENCE), f"{one} does not load"

    def size(self, width, height, mobile=False):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=mobile)
        self.call("Emulation.setTouchEmulationEnabled", enabled=mobile)

    def scheme(self, name):
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": name}])

    def give_files(self, selector, *paths):
        """As if a person had chosen files."""
        root = self.call("DOM.getDocument", depth=0)["root"]["nodeId"]
        node = self.call("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
        assert node, f"no {selector}"
        self.call("DOM.setFileInputFiles", files=[str(p) for p in paths], nodeId=node)

    def key(self, name, code=None, text=None):
        number = {"Tab": 9, "Enter": 13, "Escape": 27}.get(name, 0)
        extra = {"text": text} if text else {}
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=name, code=code or name, windowsVirtualKeyCode=number, **extra)

    def picture(self, path, whole=False):
        data = self.call("Page.captureScreenshot", format="jpeg" if str(path).endswith("jpg") else "png", captureBeyondViewport=whole,
                         **({"quality": 82} if str(path).endswith("jpg") else {}))["data"]
        with open(path, "wb") as out:
            out.write(base64.b64decode(data))

    def close(self):
        try:
            self.call("Browser.close", session=False)
        except AssertionError:
            self.process.kill()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        for fd in (self.write_end, self.read_end):
            os.close(fd)
        shutil.rmtree(self.folder, ignore_errors=True)
