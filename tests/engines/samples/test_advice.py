"""What people are told that more would bring."""

from __future__ import annotations

from engines.samples.advice import advice


def test_what_more_would_bring() -> None:
    assert "15 s" in advice(0, 0.0, 0.0, 0)[0]
    assert "1 more sentence." in advice(4, 14.0, 0.9, 8000)[0].replace("about ", "")
    assert "20 samples" in advice(6, 20.0, 0.9, 8000)[0]
    assert "14 more" in advice(6, 20.0, 0.9, 8000)[0]
    assert "up to 50" in advice(30, 90.0, 0.9, 8000)[0]
    assert "nothing" in advice(50, 200.0, 0.9, 8000)[0]


def test_noise_and_the_telephone_are_told_too() -> None:
    assert len(advice(50, 200.0, 0.9, 8000)) == 1
    assert any("quieter" in line for line in advice(50, 200.0, 0.7, 8000))
    assert any("4 kHz" in line for line in advice(50, 200.0, 0.9, 4000))
