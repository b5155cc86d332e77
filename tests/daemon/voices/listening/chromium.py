"""Chromium without a window, steered over its own DevTools protocol through a pipe.

Enough for one page: what it shows, real mouse and key events, what it asks the network for.
"""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

PROGRAMS: Final = ("chromium", "chromium-browser", "google-chrome")
PATIENCE_S: Final = 30.0
_FLAGS: Final = (
    "--headless=new",
    "--remote-debugging-pipe",
    "--mute-audio",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-dev-shm-usage",
    "--disable-extensions",
    "--disable-gpu",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--lang=en-US",
    "--window-size=1100,800",
)
_KEYS: Final = {
    " ": ("Space", 32, " "),
    "Enter": ("Enter", 13, "\r"),
    "Tab": ("Tab", 9, ""),
    "ArrowLeft": ("ArrowLeft", 37, ""),
    "ArrowRight": ("ArrowRight", 39, ""),
    **{str(digit): (f"Digit{digit}", 48 + digit, str(digit)) for digit in range(10)},
}


def program() -> str | None:
    """Where Chromium is installed."""
    return next(filter(None, map(shutil.which, PROGRAMS)), None)


class PageFailed(Exception):
    """A script of ours failed in the page, or what was waited for did not come."""


class Tab:
    """One page. Nothing here sleeps longer than ``PATIENCE_S``."""

    def __init__(self, sink: int, source: int, downloads: Path) -> None:
        self._sink, self._source = sink, source
        self._buffer = b""
        self._next = 0
        self._session = ""
        self.downloads = downloads
        self.requests: list[str] = []
        """Addresses that the page asked for, blob: and data: among them."""
        self.complaints: list[str] = []
        """Uncaught errors, and what the security policy refused."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        attached = self.call("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")
        self.call("Page.setDownloadBehavior", behavior="allow", downloadPath=str(downloads))

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """One command and its answer."""
        self._next += 1
        message: dict[str, Any] = {"id": self._next, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._sink, json.dumps(message).encode() + b"\0")
        deadline = time.monotonic() + PATIENCE_S
        while True:
            answer = self._message(deadline)
            if answer.get("id") != self._next:
                self._note(answer)
                continue
            if "error" in answer:
                raise PageFailed(f"{method}: {answer['error']['message']}")
            result: dict[str, Any] = answer["result"]
            return result

    def _message(self, deadline: float) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self._source], [], [], left)[0]:
                raise PageFailed("Chromium does not answer.")
            chunk = os.read(self._source, 1 << 16)
            if not chunk:
                raise PageFailed("Chromium has ended.")
            self._buffer += chunk
        text, _, self._buffer = self._buffer.partition(b"\0")
        message: dict[str, Any] = json.loads(text)
        return message

    def _note(self, event: dict[str, Any]) -> None:
        method, about = event.get("method"), event.get("params", {})
        if method == "Network.requestWillBeSent":
            self.requests.append(about["request"]["url"])
        elif method == "Runtime.exceptionThrown":
            self.complaints.append(str(about["exceptionDetails"]))
        elif method == "Log.entryAdded" and about["entry"]["level"] in ("error", "warning"):
            self.complaints.append(about["entry"]["text"])

    def open(self, url: str) -> None:
        """Go there, and wait until it is loaded."""
        self.call("Page.navigate", url=url)
        self.until("document.readyState === 'complete' && location.href !== 'about:blank'")

    def ask(self, script: str) -> Any:
        """The value of an expression in the page."""
        answer = self.call("Runtime.evaluate", expression=script, returnByValue=True)
        if "exceptionDetails" in answer:
            raise PageFailed(f"{script}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def until(self, script: str) -> Any:
        """The expression's value, as soon as it is true; true for an element."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            value = self.ask(f"((one) => one instanceof Node || one)({script})")
            if value:
                return value
            time.sleep(0.02)
        raise PageFailed(f"It never became true: {script}; {self.complaints}")

    def click(self, selector: str) -> None:
        """Press the mouse in the middle of the first such element that can be seen."""
        quoted = json.dumps(selector)
        place = self.until(
            f"(() => {{ const one = [...document.querySelectorAll({quoted})]"
            ".find((each) => each.getClientRects().length && !each.closest(':disabled'));"
            "if (!one) return null; one.scrollIntoView({block: 'center'});"
            "const box = one.getBoundingClientRect();"
            "return [box.x + box.width / 2, box.y + box.height / 2]; })()"
        )
        at = {"x": place[0], "y": place[1], "button": "left", "clickCount": 1}
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, **at)

    def key(self, name: str) -> None:
        """Press a key and let it go."""
        code, number, text = _KEYS[name]
        about = {"key": name, "code": code, "windowsVirtualKeyCode": number}
        self.call(
            "Input.dispatchKeyEvent",
            type="keyDown" if text else "rawKeyDown",
            text=text,
            **about,
        )
        self.call("Input.dispatchKeyEvent", type="keyUp", **about)

    def size(self, width: int, height: int) -> None:
        """Of the view, in CSS pixels."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 600,
        )

    def prefers(self, **features: str) -> None:
        """Such as ``color_scheme="dark"``."""
        listed = [
            {"name": "prefers-" + name.replace("_", "-"), "value": value}
            for name, value in features.items()
        ]
        self.call("Emulation.setEmulatedMedia", features=listed)

    def picture(self, path: Path) -> None:
        """What is shown, as PNG."""
        shot = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=False)
        path.write_bytes(base64.b64decode(shot["data"]))

    def downloaded(self) -> Path:
        """The one file that the page has handed out, once it is whole."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            found = [one for one in self.downloads.iterdir() if one.suffix == ".json"]
            if found:
                return found[0]
            time.sleep(0.05)
        raise PageFailed("Nothing was downloaded.")


@contextmanager
def chromium(folder: Path) -> Iterator[Callable[[], Tab]]:
    """A browser of its own profile; the function opens a tab that downloads into ``folder``."""
    path = program()
    assert path is not None
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        to_read, to_write = os.pipe()
        from_read, from_write = os.pipe()
        root = ("--no-sandbox",) if os.geteuid() == 0 else ()
        # Chromium reads commands from descriptor 3 and answers on 4.
        steered = f'exec "$@" 3<&{to_read} 4>&{from_write}'
        process = subprocess.Popen(
            ["bash", "-c", steered, "bash", path, *_FLAGS, *root, f"--user-data-dir={profile}"],
            pass_fds=(to_read, from_write),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        os.close(to_read)
        os.close(from_write)
        try:
            yield lambda: Tab(to_write, from_read, folder)
        finally:
            os.close(to_write)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, 9)
                process.wait()
            os.close(from_read)
