"""What is hidden before text leaves the turn record, and what is not."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daemon.records.masking import mask, masked_turn
from kefu.records import Entity, Turn


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("我的手机是13800138000。", "我的手机是*********00。"),
        ("call +44 20 7946 0958 please", "call **************58 please"),
        ("(0755) 8888-9999", "(*************99"),
        ("身份证 11010519491231002X", "身份证 ****************2X"),
        ("card 6222 0212 3456 7890 123", "card *********************23"),
        ("身分證 A123456789", "身分證 ********89"),
        ("write to li.lei+1@mail.example.com now", "write to ***@mail.example.com now"),
        ("一三八零零一三八零零零", "*********零零"),
        ("一三八 零零一三 八零零零", "***********零零"),
        ("壹叁捌、零零壹叁、捌零零零", "***********零零"),
        ("１３８００１３８０００", "*********00"),
        ("138,0013,8000", "***********00"),
        ("138/0013/8000", "***********00"),
        ("138‑0013‑8000", "***********00"),
        ("one three eight oh oh one three", "*****************************ee"),
    ],
)
def test_hidden(text: str, masked: str) -> None:
    assert mask(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "order A12345",
        "2026-11-24 10:30",
        "费用 129.50 元",
        "2026-11-24",
        "三百二十一块",
        "at 10:30",
        "",
        "100,000",
        "1,299,000 yuan",
        "one two three",
    ],
)
def test_kept(text: str) -> None:
    assert mask(text) == text


@settings(deadline=None)
@given(st.text(alphabet="0123456789 -+()a中@.", max_size=60))
def test_no_seven_digits_in_a_row_remain(text: str) -> None:
    run = longest = 0
    for character in mask(text):
        run = run + 1 if character.isdigit() else 0
        longest = max(longest, run)
    assert longest < 7


def test_a_turn_leaves_the_records_without_names_numbers_and_addresses() -> None:
    turn = Turn(
        call="0" * 32,
        number=1,
        keys="13800138000",
        heard="我叫王小明，住在中山路八号，订单 A123",
        entities=(
            Entity(type="PERSON", text="王小明", value="王小明"),
            Entity(type="ADDRESS", text="中山路八号", value="中山路8号"),
            Entity(type="ORDER_ID", text="A123", value="A123"),
        ),
        reasons=("The caller is 王小明.",),
        business="find(name=王小明)",
        reply="王小明您好，送到中山路8号",
        reply_heard="王小明您好",
    )
    masked = masked_turn(turn)
    text = msgspec.json.encode(masked).decode()
    for secret in ("王小明", "中山路", "1380013"):
        assert secret not in text
    assert masked.heard == "我叫***，住在*****，订单 A123"
    assert masked.number == 1
