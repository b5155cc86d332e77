"""A reply in pieces: nothing lost, none too long, figures never cut."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.text.clauses import LONGEST, clauses


@pytest.mark.parametrize(
    ("language", "text", "pieces"),
    [
        ("zh", "好的，我现在为您办理退款。", ["好的，我现在为您办理退款。"]),
        (
            "zh",
            "您的订单已经发货了，预计十一月二十六日送到，由顺丰派送。",
            ["您的订单已经发货了，预计十一月二十六日送到，", "由顺丰派送。"],
        ),
        ("zh", "您好！", ["您好！"]),
        ("en", "It costs 1,299.50 dollars at 3:30.", ["It costs 1,299.50 dollars at 3:30."]),
        (
            "en",
            "Your order has been shipped, and SF Express should deliver it on November third. "
            "Is there anything else?",
            [
                "Your order has been shipped, and SF Express should deliver it on November third.",
                "Is there anything else?",
            ],
        ),
        ("en", "", []),
        ("zh", "   ", []),
    ],
)
def test_where_a_reply_is_cut(language: str, text: str, pieces: list[str]) -> None:
    assert clauses(text, language) == pieces  # type: ignore[arg-type]


@settings(deadline=None)
@given(
    st.text(alphabet="您好订单，。！？、 abc,.!?1:", max_size=300), st.sampled_from(["zh", "en"])
)
def test_nothing_is_lost_and_nothing_is_too_long(text: str, language: str) -> None:
    pieces = clauses(text, language)  # type: ignore[arg-type]
    assert "".join("".join(pieces).split()) == "".join(text.split())
    assert all(len(piece) <= LONGEST[language] + 9 for piece in pieces)  # type: ignore[index]
    assert all(pieces)
