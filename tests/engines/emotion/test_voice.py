"""What a voice says against its own baseline, and when it says nothing."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.emotion.baseline import NO_BASELINE, Baseline, Prosody, updated
from engines.emotion.feeling import LABELS, Feeling
from engines.emotion.voice import VoiceEmotionSettings, deviations, voice_feeling


def said(
    *,
    higher: float = 0.0,
    wider: float = 0.0,
    louder: float = 0.0,
    livelier: float = 0.0,
    faster: float = 0.0,
    voiced_ms: float = 1500.0,
) -> Prosody:
    """An utterance beside the usual ones: semitones, semitones, dB, dB, syllables a second."""
    return Prosody(
        pitch_hz=150.0 * 2 ** (higher / 12),
        pitch_spread=2.5 + wider,
        level_dbfs=-25.0 + louder,
        level_spread=6.0 + livelier,
        rate_sps=4.0 + faster,
        voiced_ms=voiced_ms,
    )


def usual(*utterances: Prosody) -> Baseline:
    baseline = NO_BASELINE
    for prosody in utterances or (said(louder=-0.5), said(louder=0.5), said(higher=0.4), said()):
        baseline = updated(baseline, prosody)
    return baseline


def score(feeling: Feeling, label: str) -> float:
    return feeling.scores[LABELS.index(label)]


SHOUTED = said(higher=5.0, wider=1.5, louder=8.0, livelier=1.0, faster=1.0)
MUMBLED = said(higher=-2.0, wider=-1.5, louder=-8.0, livelier=-1.0, faster=-1.6)


def test_louder_higher_and_faster_is_anger_before_all_else() -> None:
    feeling = voice_feeling(SHOUTED, usual())
    assert feeling.label == "angry"
    assert score(feeling, "surprised") > score(feeling, "neutral") > score(feeling, "sad")
    assert feeling.prosody == SHOUTED


def test_lower_softer_and_slower_is_sadness() -> None:
    assert voice_feeling(MUMBLED, usual()).label == "sad"


def test_high_and_wide_without_pace_is_surprise_and_high_and_narrow_with_pace_is_fear() -> None:
    surprised = voice_feeling(said(higher=6.0, wider=6.0, louder=3.0), usual())
    assert max(LABELS, key=lambda label: score(surprised, label)) == "surprised"
    afraid = voice_feeling(said(higher=4.0, wider=-2.0, livelier=1.0, faster=2.5), usual())
    assert afraid.label == "fearful"


def test_near_his_usual_voice_it_abstains() -> None:
    feeling = voice_feeling(said(higher=0.5, louder=2.0), usual())
    assert (feeling.label, feeling.scores, feeling.reasons) == ("", (), ("as usual",))


@pytest.mark.parametrize("heard", [(), (said(),)])
def test_without_two_earlier_utterances_even_a_shout_is_not_judged(
    heard: tuple[Prosody, ...],
) -> None:
    baseline = usual(*heard) if heard else NO_BASELINE
    feeling = voice_feeling(SHOUTED, baseline)
    assert (feeling.label, feeling.scores, feeling.reasons) == ("", (), ("no baseline yet",))
    assert feeling.prosody == SHOUTED


def test_a_syllable_is_too_little() -> None:
    short = msgspec.structs.replace(SHOUTED, voiced_ms=200.0)
    assert voice_feeling(short, usual()).reasons == ("too little of it",)
    assert voice_feeling(Prosody(), usual()).scores == ()


def test_the_reason_names_what_stands_out_the_farthest_first() -> None:
    [reason] = voice_feeling(said(higher=5.0, louder=6.5), usual()).reasons
    assert reason.startswith("pitch +")
    assert "level +" in reason
    assert "rate" not in reason


def test_the_same_shout_says_less_of_a_caller_who_is_loud_and_lively_anyway() -> None:
    lively = usual(said(), said(higher=4.0, louder=6.0), said(higher=-3.0, louder=-5.0), SHOUTED)
    assert voice_feeling(SHOUTED, lively).scores == ()


def test_two_utterances_are_compared_more_cautiously_than_ten() -> None:
    two, ten = usual(said(), said()), usual(*[said()] * 10)
    assert (abs(deviations(said(louder=5.0), two)) < abs(deviations(said(louder=5.0), ten)))[2]


def test_settings_move_the_limits_and_the_weights() -> None:
    wary = VoiceEmotionSettings(threshold=0.9)
    unsure = voice_feeling(SHOUTED, usual(), wary)
    assert (unsure.label, unsure.confidence) == ("", 0.0)
    assert len(unsure.scores) == len(LABELS)
    deaf = VoiceEmotionSettings(least_deviation=99.0)
    assert voice_feeling(SHOUTED, usual(), deaf).scores == ()
    plain = voice_feeling(SHOUTED, usual(), VoiceEmotionSettings(apply="off"))
    weighted = voice_feeling(SHOUTED, usual())
    ratio = score(weighted, "angry") / score(weighted, "happy")
    assert ratio == pytest.approx(score(plain, "angry") / score(plain, "happy") * 1.2 / 0.9)


away = st.floats(-8.0, 8.0)


@given(away, away, away, away, away)
def test_scores_are_a_distribution_and_the_label_is_the_best(
    higher: float, wider: float, louder: float, livelier: float, faster: float
) -> None:
    prosody = said(
        higher=higher, wider=wider, louder=louder, livelier=livelier, faster=max(faster, -4.0)
    )
    baseline = usual()
    feeling = voice_feeling(prosody, baseline)
    assert feeling == voice_feeling(prosody, baseline)
    assert baseline == usual()
    if feeling.scores:
        assert sum(feeling.scores) == pytest.approx(1.0)
    if feeling.label:
        assert score(feeling, feeling.label) == max(feeling.scores) == feeling.confidence


@given(away, st.floats(0.5, 8.0), st.sampled_from(["higher", "louder", "faster"]))
def test_more_of_it_is_rather_anger_and_as_much_less_of_it_rather_sadness(
    wider: float, more: float, feature: str
) -> None:
    baseline, always = usual(*[said()] * 4), VoiceEmotionSettings(least_deviation=0.0)
    up = voice_feeling(said(wider=wider, **{feature: more}), baseline, always)
    down = voice_feeling(said(wider=wider, **{feature: -more}), baseline, always)
    assert score(up, "angry") > score(down, "angry")
    assert score(up, "sad") < score(down, "sad")


@given(st.floats(-15.0, 10.0))
def test_a_louder_line_from_the_start_changes_nothing(gain_db: float) -> None:
    def on(prosody: Prosody) -> Prosody:
        return msgspec.structs.replace(prosody, level_dbfs=prosody.level_dbfs + gain_db)

    here = voice_feeling(SHOUTED, usual(said(), said(louder=1.0), said(higher=1.0)))
    there = voice_feeling(on(SHOUTED), usual(on(said()), on(said(louder=1.0)), on(said(higher=1))))
    assert there.label == here.label
    assert there.scores == pytest.approx(here.scores)
