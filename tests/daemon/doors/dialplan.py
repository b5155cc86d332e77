"""As much of Asterisk's dialplan as docs/asterisk.md prints: reads it and runs a channel in it."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from tests.daemon.doors.asterisk_caller import AsteriskCaller, agi

DOCUMENT = Path("docs/asterisk.md")
_LINE = re.compile(r"\s*(?:exten => (\w+),1|same => n)(?:\((\w+)\))?,(\w+)\((.*)\)$")
_COMPARED = re.compile(r'\s*"(.*?)" (!?=) "(.*?)"\s*$', re.DOTALL)


class Step(NamedTuple):
    """One priority."""

    label: str
    application: str
    arguments: str


Plan = dict[str, dict[str, list[Step]]]
"""Context to extension to steps."""


def printed(document: Path = DOCUMENT) -> str:
    """The extensions.conf of the document."""
    return document.read_text().split("```\n; extensions.conf\n")[1].split("```")[0]


def parse(text: str) -> Plan:
    """Raises AssertionError: a line that is not understood."""
    plan: Plan = {}
    context: dict[str, list[Step]] = {}
    steps: list[Step] = []
    for raw in text.splitlines():
        line = re.sub(r"(^|\s);.*$", "", raw).rstrip()
        if header := re.match(r"\[([\w-]+)\]", line):
            context = plan.setdefault(header[1], {})
        elif line:
            found = _LINE.match(line)
            assert found, raw
            if found[1]:
                steps = context.setdefault(found[1], [])
            steps.append(Step(found[2] or "", found[3], found[4]))
    return plan


class Channel:
    """A caller's channel. ``talk`` is what he does on the line, once per AudioSocket()."""

    def __init__(self, plan: Plan, talk: Callable[[AsteriskCaller], None], dials: list[str]):
        """``dials``: how each Dial() ends, a DIALSTATUS; ``HANGUP``: he hangs up meanwhile."""
        self.variables: dict[str, str] = {}
        self.dialled: list[str] = []
        self.steps: list[Step] = []
        """With their arguments as they were."""
        self.number = "+8613800138000"
        self._plan = plan
        self._talk = talk
        self._dials = dials

    def call(self, context: str = "kefu", extension: str = "4000") -> None:
        """From the first priority to the hang-up, and through ``h``."""
        self.variables["EXTEN"] = extension
        self.run(context, extension)
        self.run(context, "h")

    def run(self, context: str, extension: str) -> None:
        """Until the last priority, Hangup() or Return()."""
        steps = self._plan[context][extension]
        at = 0
        while at < len(steps):
            step = steps[at]._replace(arguments=self._filled(steps[at].arguments))
            self.steps.append(step)
            following = getattr(self, f"_{step.application.lower()}")(step.arguments)
            if following is None:
                return
            at = [step.label for step in steps].index(following) if following else at + 1

    # Applications: the label to go to, empty: the next priority, None: the end

    def _set(self, arguments: str) -> str:
        name, value = arguments.split("=", 1)
        self.variables[name.lstrip("_")] = value
        return ""

    def _answer(self, _: str) -> str:
        return ""

    _noop = _verbose = _userevent = _answer

    def _wait(self, seconds: str) -> str:
        time.sleep(float(seconds))
        return ""

    def _goto(self, label: str) -> str:
        return label

    def _gotoif(self, arguments: str) -> str:
        condition, label = arguments.split("?")
        return label if condition == "1" else ""

    def _hangup(self, _: str) -> None:
        return None

    _return = _hangup

    def _tryexec(self, inner: str) -> str:
        found = re.fullmatch(r"AudioSocket\((.*),127\.0\.0\.1:(\d+)\)", inner)
        assert found, inner
        try:
            name = uuid.UUID(found[1])
        except ValueError:
            return ""  # "Failed to parse UUID"
        with AsteriskCaller(int(found[2]), name) as caller:
            self._talk(caller)
        return ""

    def _agi(self, arguments: str) -> str:
        url, *values = arguments.split(",")
        found = re.fullmatch(r"agi://127\.0\.0\.1:(\d+)/(\w+)", url)
        assert found, url
        self.variables.update(agi(int(found[1]), found[2], *values))
        return ""

    def _dial(self, arguments: str) -> str | None:
        target, *options = arguments.split(",")
        self.dialled.append(target)
        status = self._dials.pop(0)
        if status == "HANGUP":
            self.variables["DIALSTATUS"] = "CANCEL"
            return None
        self.variables["DIALSTATUS"] = status
        if status != "ANSWER":
            return ""
        if gosub := re.search(r"U\(([\w-]+)\)", "".join(options)):
            human = Channel(self._plan, self._talk, [])
            human.variables["KEFU_UUID"] = self.variables["KEFU_UUID"]
            human.run(gosub[1], "s")
        return None  # they have talked, and hung up

    # Expressions

    def _filled(self, text: str) -> str:
        """``${NAME}``, ``${FUNCTION(…)}`` and ``$[…]``, from the inside out."""
        while found := re.search(r"\$\{([^${}]*)\}|\$\[([^$\[\]]*)\]", text):
            value = self._value(found[1]) if found[1] is not None else _compared(found[2])
            text = text[: found.start()] + value + text[found.end() :]
        return text

    def _value(self, name: str) -> str:
        if name == "UUID()":
            return str(uuid.uuid4())
        if name == "CALLERID(num)":
            return self.number
        if choice := re.fullmatch(r"IF\((.*)\?(.*):(.*)\)", name):
            return choice[2] if choice[1] == "1" else choice[3]
        return self.variables.get(name, "")


def _compared(expression: str) -> str:
    found = _COMPARED.match(expression)
    assert found, expression
    return str(int((found[1] == found[3]) == (found[2] == "=")))
