"""A key that is heard as a tone and told by message is one press."""

from __future__ import annotations

from daemon.gateway.key_presses import SAME_PRESS_S, KeyPresses


def test_a_key_that_comes_both_ways_is_pressed_once_whichever_comes_first() -> None:
    for first, second in (("heard", "told"), ("told", "heard")):
        presses = KeyPresses()
        for at in (0.0, 0.2):  # the same key twice
            assert getattr(presses, first)("5", at)
            assert not getattr(presses, second)("5", at + 0.1)


def test_one_way_alone_counts_every_key() -> None:
    presses = KeyPresses()
    assert all(presses.told("5", number / 10) for number in range(100))
    assert KeyPresses().heard("5", 0.0)


def test_other_keys_and_later_ones_are_presses_of_their_own() -> None:
    presses = KeyPresses()
    assert presses.heard("5", 0.0)
    assert presses.told("6", 0.1)
    assert presses.told("5", SAME_PRESS_S + 0.1)
    assert presses.heard("6", SAME_PRESS_S + 0.2)
