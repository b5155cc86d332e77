"""What a worker makes in advance, in which voices, and whom it misses."""

from __future__ import annotations

import logging
from types import SimpleNamespace

import pytest
from msgspec.structs import replace

from daemon.voices.settings import PersonalVoiceSettings
from daemon.worker.speakers import phrases, preferred, warn_of_missing
from engines.dialog.playbook import Playbook
from engines.dialog.scenario import Speakers
from tests.engines.dialog.talk import PLAYBOOK


def playbook(**voices: Speakers) -> Playbook:
    scenarios = {
        name: replace(scenario, voice=voices.get(name, Speakers()))
        for name, scenario in PLAYBOOK.scenarios.items()
    }
    return replace(PLAYBOOK, scenarios=scenarios)


def test_a_scenario_with_a_voice_has_all_it_says_made_in_it() -> None:
    groups = phrases(playbook(refund=Speakers(zh="anna")))
    assert next(iter(groups)) == ""
    by_voice = {
        voice: {clause.text for clause in groups["refund"] if clause.voice == voice}
        for voice in ("anna", "")
    }
    assert {"请问还有什么可以帮您？", "请稍等，我正在查询。"} <= by_voice["anna"]
    assert "One moment, I am looking that up." in by_voice[""]
    assert {clause.scenario for clause in groups["refund"]} == {"refund"}


def test_the_settings_name_a_voice_for_each_language() -> None:
    assert preferred(PersonalVoiceSettings(zh="anna")) == {"zh": "anna", "en": ""}


def test_a_voice_that_the_release_has_not_is_named_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    anna = Speakers(zh="anna", en="zf_xiaoxiao")
    synthesiser = SimpleNamespace(voices=["zf_xiaoxiao", "bert"])
    with caplog.at_level(logging.WARNING):
        warn_of_missing(
            playbook(refund=anna, complaint=anna),
            PersonalVoiceSettings(zh="bert", en="carl"),
            synthesiser,  # type: ignore[arg-type]
        )
    assert [record.getMessage() for record in caplog.records] == [
        "voice missing voice=carl named_by=kefu.toml",
        "voice missing voice=anna named_by=complaint,refund",
    ]
