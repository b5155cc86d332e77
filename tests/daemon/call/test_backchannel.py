"""Which words say no more than "go on"."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.call.backchannel import is_backchannel


@pytest.mark.parametrize(
    "text",
    "嗯|嗯。|嗯嗯|对对对|好的，好的|哦|是的。|嗯，好|OK|"
    "Uh-huh.|Yeah|okay, okay|Right.|Mm-hmm|I see.|Oh, yeah|uh huh".split("|"),
)
def test_listening_aloud(text: str) -> None:
    assert is_backchannel(text)


@pytest.mark.parametrize(
    "text",
    "|。|停|不对|对不起|好像不对|是吗|我知道我的订单|等一下|没有|转人工|一|喂|"
    "嗯嗯嗯嗯嗯嗯嗯嗯|13|好 5|stop|no|right now|okay but|wait|operator|"
    "yes I want to return it|yeah yeah yeah yeah yeah".split("|"),
)
def test_words_that_interrupt(text: str) -> None:
    assert not is_backchannel(text)


@given(st.text())
def test_any_text_is_judged(text: str) -> None:
    assert is_backchannel(text) in (True, False)
