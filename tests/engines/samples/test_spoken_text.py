"""Whether somebody read what was asked, whatever way a recogniser writes it."""

from __future__ import annotations

import pytest

from engines.samples.spoken_text import error_rate


@pytest.mark.parametrize(
    ("asked", "heard"),
    [
        ("请您再说一遍，好吗？", "请您再说一遍好吗"),
        ("订单金额一共是三百二十八元。", "订单金额一共是328元"),
        ("电话号码是一三八零零五七二。", "电话号码是13800572"),
        ("您的验证码是六零九四一五。", "您的驗證碼是609415。"),
        ("房间号是一二零六，在十二楼。", "房间号是1206在12楼"),
        ("您拨打的用户正忙。", "您波打的用户证忙"),
        ("Please hold the line.", "please hold the line"),
        ("Your account number is seven four zero nine one three.", "Your account number is 740913"),
        ("The total comes to forty three dollars and sixty cents.", "The total comes to $43.60."),
    ],
)
def test_the_same_however_it_is_written(asked: str, heard: str) -> None:
    assert error_rate(asked, heard) <= 0.12


@pytest.mark.parametrize(
    ("asked", "heard", "voice_s"),
    [
        ("您拨打的用户正忙。", "您拨打的用户正忙您拨打的用户正忙您拨打的", 1.8),
        ("Hold the line while I look.", "Hold the line while I look. Hold the line while I", 2.0),
    ],
)
def test_what_a_recogniser_says_over_and_over_was_said_once(
    asked: str, heard: str, voice_s: float
) -> None:
    assert error_rate(asked, heard, voice_s) <= 0.12
    assert error_rate(asked, heard, 3 * voice_s) > 0.5  # there was time to read it twice
    assert error_rate(asked, heard) > 0.5


@pytest.mark.parametrize(
    ("asked", "heard"),
    [
        ("请问您怎么称呼？", "今天的天气非常好"),
        ("您的订单已经发货了。", "您的"),
        ("您的订单已经发货了。", ""),
        ("您的订单已经发货了。", "。。。"),
        ("您的订单已经发货了。", "谢" * 3000),
        ("Please hold the line.", "你好"),
        ("Could you please say that once more for me?", "The rain fell on the plain in Spain"),
        ("", "anything"),
    ],
)
def test_another_text_is_told(asked: str, heard: str) -> None:
    assert error_rate(asked, heard) > 0.35
