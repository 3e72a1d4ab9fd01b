"""Drives Debian's Chromium by the DevTools protocol: addresses, keys, clicks, expressions, screenshots, and everything that
a page logged or asked for."""

import base64
import json
import subprocess
import tempfile
import threading
import time
from pathlib import Path

import websocket
from harness import require

KEYS = {
    "Enter": ("Enter", 13, "\r"), "Escape": ("Escape", 27, ""), "Tab": ("Tab", 9, ""), "ArrowDown": ("ArrowDown", 40, ""),
    "ArrowUp": ("ArrowUp", 38, ""), "ArrowLeft": ("ArrowLeft", 37, ""), "ArrowRight": ("ArrowRight", 39, ""),
    "End": ("End", 35, ""), "Home": ("Home", 36, ""), "PageDown": ("PageDown", 34, ""),
}


class Browser:
    """One page of a browser of its own, without a window."""

    def __init__(self, width=1440, height=900):
        self.profile = tempfile.TemporaryDirectory(prefix="chancery-browser-", ignore_cleanup_errors=True)
        command = [
            "chromium", "--headless=new", "--remote-debugging-port=0", f"--user-data-dir={self.profile.name}", "--no-sandbox",
            "--disable-gpu", "--hide-scrollbars", "--no-first-run", "--disable-background-networking", "--disable-sync",
            "--disable-component-update", "--disable-default-apps", "--force-color-profile=srgb", "about:blank",
        ]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.replies, self.number, self.arrived = {}, 0, threading.Condition()
        self.errors, self.requests, self.violations = [], [], []
        self.socket = websocket.create_connection(self._address(), suppress_origin=True, timeout=120)
        self.session = None
        threading.Thread(target=self._receive, daemon=True).start()
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")
        # What a page reports about its own policy is kept, beside what the browser logs.
        self.call("Page.addScriptToEvaluateOnNewDocument", source="""
            window.violations = [];
            addEventListener("securitypolicyviolation", (event) => window.violations.push(event.violatedDirective + " " + event.blockedURI));
        """)
        self.resize(width, height)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()
        self.process.terminate()
        self.process.wait(timeout=10)
        self.profile.cleanup()

    def _address(self):
        port = Path(self.profile.name) / "DevToolsActivePort"
        for _ in range(200):
            if port.exists() and len(lines := port.read_text().split()) == 2:
                return f"ws://127.0.0.1:{lines[0]}{lines[1]}"
            time.sleep(0.05)
        raise AssertionError("chromium did not start")

    def _receive(self):
        while True:
            try:
                message = json.loads(self.socket.recv())
            except (websocket.WebSocketException, OSError, ValueError):
                return
            with self.arrived:
                if "id" in message:
                    self.replies[message["id"]] = message
                    self.arrived.notify_all()
                else:
                    self._note(message["method"], message["params"])

    def _note(self, method, params):
        if method == "Runtime.exceptionThrown":
            details = params["exceptionDetails"]
            self.errors.append(details.get("exception", {}).get("description") or details["text"])
        elif method == "Runtime.consoleAPICalled" and params["type"] in ("error", "warning", "assert"):
            self.errors.append(" ".join(str(part.get("value", part.get("description"))) for part in params["args"]))
        elif method == "Log.entryAdded" and params["entry"]["level"] in ("error", "warning"):
            self.errors.append(f"{params['entry']['text']} {params['entry'].get('url', '')}")
        elif method == "Network.requestWillBeSent":
            self.requests.append(params["request"]["url"])

    def call(self, method, **params):
        message = {"method": method, "params": params}
        with self.arrived:
            self.number += 1
            number = message["id"] = self.number
        if self.session:
            message["sessionId"] = self.session
        self.socket.send(json.dumps(message))
        with self.arrived:
            require(self.arrived.wait_for(lambda: number in self.replies, timeout=120), f"{method} was not answered")
            reply = self.replies.pop(number)
        require("error" not in reply, f"{method}: {reply.get('error')}")
        return reply["result"]

    def evaluate(self, expression):
        """The value of an expression, awaited."""
        result = self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True, userGesture=True)
        require("exceptionDetails" not in result, f"{expression[:200]}: {result.get('exceptionDetails', {}).get('exception', {}).get('description')}")
        return result["result"].get("value")

    def wait(self, expression, what=None, seconds=15):
        """Waits until an expression is true."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.evaluate(f"(async () => !!(await ({expression})))()"):
                return
            time.sleep(0.03)
        shown = self.evaluate("document.querySelector('main')?.innerText.slice(0, 600)")
        raise AssertionError(f"did not happen: {what or expression}; the page says: {shown}")

    def open(self, url):
        # Only the part behind `#` may differ, and then nothing would be loaded.
        self.call("Page.navigate", url="about:blank")
        self.call("Page.navigate", url=url)

    def press(self, *names):
        for name in names:
            key, code, text = KEYS.get(name, (name, ord(name.upper()[0]), name))
            self.call("Input.dispatchKeyEvent", type="keyDown", key=key, windowsVirtualKeyCode=code, text=text)
            self.call("Input.dispatchKeyEvent", type="keyUp", key=key, windowsVirtualKeyCode=code)

    def write(self, text):
        self.call("Input.insertText", text=text)

    def click(self, selector):
        self.wait(f"document.querySelector({json.dumps(selector)})", f"`{selector}` is there")
        self.evaluate(f"document.querySelector({json.dumps(selector)}).click()")

    def text(self, selector="main"):
        return self.evaluate(f"document.querySelector({json.dumps(selector)})?.innerText ?? ''")

    def resize(self, width, height, scale=1):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=scale, mobile=width < 500)

    def theme(self, name, motion="no-preference"):
        features = [{"name": "prefers-color-scheme", "value": name}, {"name": "prefers-reduced-motion", "value": motion}]
        self.call("Emulation.setEmulatedMedia", features=features)

    def screenshot(self, path):
        image = self.call("Page.captureScreenshot", format="png", optimizeForSpeed=False)["data"]
        Path(path).write_bytes(base64.b64decode(image))
