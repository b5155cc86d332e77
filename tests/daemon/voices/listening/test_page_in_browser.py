"""A listener goes through the page of a listening test in Chromium, by mouse and by keys alone."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from daemon.voices.listening.results import Results, read
from daemon.voices.listening.screening import screened
from tests.daemon.voices.listening.chromium import Tab, chromium, program
from tests.daemon.voices.listening.made import html, key_of, planned

MADE = planned()
KEY = key_of(MADE)
SCREEN = "document.querySelector('main h1').textContent"
DONE = "document.getElementById('progress').value"
READY = "!document.querySelector('main fieldset').disabled"


@pytest.fixture
def tab(tmp_path: Path) -> Iterator[Tab]:
    if program() is None:
        missing = "there is no Chromium: scripts/system-packages --for browser"
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    downloads = tmp_path / "downloads"
    downloads.mkdir()
    (tmp_path / "page.html").write_bytes(html(MADE))
    with chromium(downloads) as opened:
        one = opened()
        one.open((tmp_path / "page.html").as_uri())
        yield one


def is_pair(tab: Tab) -> bool:
    return bool(tab.ask("document.querySelectorAll('.play').length === 2"))


def next_question(tab: Tab, done: int) -> None:
    tab.until(f"{DONE} === {done + 1} || document.querySelector('textarea') !== null")


def by_mouse(tab: Tab, done: int) -> None:
    if is_pair(tab):
        for place in (1, 2):
            tab.click(f".player:nth-child({place}) .play")
            tab.until(f"document.querySelectorAll('.player')[{place - 1}].heard || {heard(place)}")
        tab.until(READY)
        tab.click("fieldset.same label:nth-child(1)")
        tab.click("fieldset.sure label:nth-child(2)")
    else:
        tab.click(".play")
        tab.until(READY)
        tab.click("fieldset.quality label:nth-child(4)")
    tab.click(".row.end button.main")
    next_question(tab, done)


def heard(place: int) -> str:
    words = "document.querySelectorAll('.player p span')"
    return f"/^heard/.test({words}[{place - 1}].textContent)"


def by_keys(tab: Tab, done: int) -> None:
    if is_pair(tab):
        for place in (1, 2):
            tab.key(" ")
            tab.until(heard(place))
        tab.until(READY)
        tab.key("2")
        tab.key("3")
    else:
        tab.key(" ")
        tab.until(READY)
        tab.key(str(1 + done % 5))
        if done % 2:
            tab.key("ArrowLeft")
            tab.key("ArrowRight")
    tab.key("Enter")
    next_question(tab, done)


def go_through(tab: Tab, answer: Callable[[Tab, int], None], count: int) -> None:
    for done in range(int(tab.ask(DONE)), count):
        if tab.ask("!document.querySelector('.play')"):
            tab.key("Enter")  # the screen between the two parts
            tab.until("document.querySelector('.play')")
        answer(tab, done)


def results(tab: Tab) -> tuple[Results, dict[str, Any]]:
    path = tab.downloaded()
    found = read(path, KEY)
    assert isinstance(found, Results), found
    document: dict[str, Any] = json.loads(path.read_text())
    return found, document


def foreign(tab: Tab) -> list[str]:
    """What was asked for beyond the page itself."""
    return [one for one in tab.requests if not one.startswith(("file:///", "blob:", "data:"))]


def test_the_whole_page_by_mouse_with_a_reload_in_the_middle(tab: Tab) -> None:
    tab.click(".languages [lang=en]")
    assert tab.ask(SCREEN) == "Listen, then answer by ear."
    tab.click("button.main")
    tab.until("document.querySelector('.play')")
    go_through(tab, by_mouse, 5)
    listener = tab.ask("JSON.parse(Object.values(localStorage)[0]).listener")
    waiting = tab.ask("document.querySelector('audio, .play') && " + DONE)

    tab.open(tab.ask("location.href"))
    assert "Go on (5 of 20 done)" in tab.ask("document.querySelector('button.main').textContent")
    tab.click("button.main")
    tab.until("document.querySelector('.play')")
    assert tab.ask(DONE) == waiting == 5
    go_through(tab, by_mouse, len(KEY.trials))

    assert tab.ask(SCREEN) == "Thank you!"
    tab.click("button.main")
    found, document = results(tab)
    assert found.listener == listener
    assert set(document) == {
        *("format", "page", "listener", "language", "started_at", "finished_at", "answers")
    }
    tab.click(".row button:not(.main)")
    tab.until("document.querySelector('.row + p').textContent === 'Copied.'")
    assert tab.ask("JSON.parse(document.querySelector('textarea').value)") == document
    assert {one.trial for one in found.answers} == {one.id for one in KEY.trials}
    assert {one.rating for one in found.answers} == {4, None}
    assert {(one.same, one.confidence) for one in found.answers} == {("yes", 2), (None, None)}
    left_out = screened(found, "a.json", KEY)
    assert left_out is not None
    assert left_out.code == "all_alike"  # so he was heard to the end each time

    tab.open(tab.ask("location.href"))
    assert tab.ask(SCREEN) == "Thank you!"
    assert foreign(tab) == []
    assert tab.complaints == []


def test_the_whole_page_by_keys_alone(tab: Tab) -> None:
    tab.key("Enter")
    tab.until("document.querySelector('.play')")
    go_through(tab, by_keys, len(KEY.trials))
    tab.until("document.querySelector('textarea')")
    tab.key("Enter")
    found, _ = results(tab)
    assert len(found.answers) == len(KEY.trials)
    assert {one.same for one in found.answers} == {"no", None}
    assert tab.complaints == []


def test_nothing_can_be_answered_before_it_was_heard(tab: Tab) -> None:
    tab.key("Enter")
    tab.until("document.querySelector('.play')")
    tab.key("5")
    tab.key("Enter")
    tab.click(".screen")
    assert tab.ask("document.querySelector('fieldset').disabled")
    assert tab.ask("document.querySelector('.row.end button').disabled")
    assert not tab.ask("document.querySelector('input:checked')")
    assert tab.ask(DONE) == 0


def test_tab_reaches_everything_and_focus_can_be_seen(tab: Tab) -> None:
    tab.key("Enter")
    tab.until("document.querySelector('.play')")
    tab.key(" ")
    tab.until(READY)
    tab.key("1")
    at = "document.activeElement"
    reached = set()
    for _ in range(6):
        tab.key("Tab")
        reached.add(tab.ask(f"{at}.className || {at}.type || {at}.tagName"))
        shown = f"{at}.type === 'radio' ? {at}.nextElementSibling : {at}"
        if tab.ask(f"{at} !== document.body"):
            assert tab.ask(f"getComputedStyle({shown}).outlineStyle") == "solid"
    assert {"play", "radio", "main"} <= reached
    names = (
        "[...document.querySelectorAll('button')].map((one) => one.ariaLabel || one.textContent)"
    )
    assert all(tab.ask(names))
    assert tab.ask("document.querySelector('fieldset legend').textContent.length > 5")


def test_what_is_shown_tells_nothing(tab: Tab) -> None:
    tab.key("Enter")
    tab.until("document.querySelector('.play')")
    told = {clip.source for clip in KEY.clips} | {clip.voice for clip in KEY.clips}
    told |= {clip.text for clip in KEY.clips} | {"fitted", "stock voice", "zf_"}
    for done in range(2):
        whole = tab.ask(
            "document.documentElement.outerHTML.replace(/data:audio[^\"]*/g, '')"
            " + Object.values(localStorage).join()"
        )
        assert [word for word in told if word in whole] == []
        tab.key(" ")
        tab.until(READY)
        assert not tab.ask("document.querySelector('audio[title], audio[src*=\"wav\"]')")
        tab.key("3")
        tab.key("Enter")
        next_question(tab, done)


def test_each_listener_has_an_order_of_his_own(tab: Tab) -> None:
    orders = set()
    for _ in range(3):
        tab.ask("localStorage.clear()")
        tab.open(tab.ask("location.href"))
        tab.key("Enter")
        tab.until("document.querySelector('.play')")
        tab.key(" ")
        tab.until(READY)
        tab.key("3")
        tab.key("Enter")
        next_question(tab, 0)
        tab.key(" ")
        tab.until(READY)
        tab.key("3")
        tab.key("Enter")
        next_question(tab, 1)
        orders.add(tab.ask("JSON.parse(Object.values(localStorage)[0]).answers[1].trial"))
    assert len(orders) > 1


@pytest.mark.parametrize("language", ["zh-Hans", "zh-Hant", "en"])
def test_a_narrow_view_scrolls_in_one_direction_only(tab: Tab, language: str) -> None:
    tab.size(320, 640)
    tab.prefers(color_scheme="dark", reduced_motion="reduce")
    wide = "document.documentElement.scrollWidth"
    tab.click(f".languages [lang={language}]")
    assert tab.ask(wide) == 320
    assert tab.ask("document.documentElement.lang") == language
    tab.click("button.main")
    tab.until("document.querySelector('.play')")
    assert tab.ask(wide) == 320
    small = (
        "[...document.querySelectorAll('button, .face')]"
        ".filter((one) => one.getBoundingClientRect().height < 44).length"
    )
    assert tab.ask(small) == 0
    assert tab.ask("getComputedStyle(document.querySelector('.screen')).animationName") == "none"
    paper = tab.ask("getComputedStyle(document.body).backgroundColor")
    assert max(int(part) for part in paper[4:-1].split(",")) < 64
