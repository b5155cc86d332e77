"""What a listening test asks, and that its order says nothing."""

from __future__ import annotations

from collections import Counter

from daemon.voices.listening.trials import CONDITIONS
from tests.daemon.voices.listening.made import planned


def test_each_sentence_is_heard_in_each_condition_and_one_of_each_again() -> None:
    made = planned(voices=2, sentences=8)
    counting = [one for one in made.trials if one.kind == "quality" and not one.training]
    first = [one for one in counting if not one.repeats]
    assert Counter((one.voice, one.condition) for one in first) == {
        (voice, condition): 8 for voice in {one.voice for one in first} for condition in CONDITIONS
    }
    assert len({one.clips for one in first}) == len(first)
    again = {one.repeats: one for one in counting if one.repeats}
    by_id = {one.id: one for one in first}
    assert Counter(one.condition for one in again.values()) == dict.fromkeys(CONDITIONS, 2)
    assert all(by_id[of].clips == one.clips for of, one in again.items())


def test_a_pair_holds_a_real_recording_against_another_sentence() -> None:
    made = planned(sentences=8)
    clips = {clip.id: clip for clip in made.clips}
    pairs = [one for one in made.trials if one.kind == "same" and not one.training]
    assert Counter(one.condition for one in pairs) == dict.fromkeys(CONDITIONS, 4)
    for pair in pairs:
        heard = [clips[one] for one in pair.clips]
        assert heard[0].sentence != heard[1].sentence
        assert sorted(one.condition for one in heard) == sorted(["real", pair.condition])


def test_practice_comes_first_of_each_kind_and_says_what_nothing_else_says() -> None:
    made = planned()
    clips = {clip.id: clip for clip in made.clips}
    practice = [one for one in made.trials if one.training]
    assert [one.kind for one in practice] == ["quality", "same"]
    texts = {clips[one].text for trial in practice for one in trial.clips}
    counting = {
        clips[one].text for trial in made.trials if not trial.training for one in trial.clips
    }
    assert not texts & counting


def test_neither_place_nor_side_tells_the_condition() -> None:
    places, sides = Counter[str](), Counter[bool]()
    for seed in range(300):
        made = planned(seed=seed)
        clips = {clip.id: clip for clip in made.clips}
        places[made.clips[0].condition] += 1
        pair = next(one for one in made.trials if one.kind == "same" and one.condition == "fitted")
        sides[clips[pair.clips[0]].condition == "real"] += 1
    # 11 clips: 3 real, 3 fitted, 5 stock with practice; each within 4 standard deviations.
    for condition, share in (("real", 3 / 11), ("fitted", 3 / 11), ("stock", 5 / 11)):
        assert abs(places[condition] - 300 * share) < 4 * (300 * share * (1 - share)) ** 0.5
    assert abs(sides[True] - 150) < 4 * 75**0.5
