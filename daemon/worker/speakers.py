"""Who speaks for a worker: what is said in advance by whom, and who is named and not there."""

from __future__ import annotations

import logging
from collections import defaultdict

from daemon.call.phrases import all_phrases
from daemon.voices.settings import PersonalVoiceSettings
from engines.dialog.moves import Clause
from engines.dialog.playbook import Playbook
from engines.text.normalise import Language
from engines.tts.synthesiser import Synthesiser

log = logging.getLogger(__name__)

_LAST = "~"
"""Behind every called number."""


def preferred(settings: PersonalVoiceSettings) -> dict[Language, str]:
    """Who speaks a language where neither scenario nor step names a voice."""
    return {"zh": settings.zh, "en": settings.en}


def phrases(playbook: Playbook) -> dict[str, list[Clause]]:
    """What is made in advance, scenario by scenario, so that the first calls need not wait.

    "" is what they share. A scenario with a voice of its own says the shared sentences in it too.
    """
    anywhere = all_phrases()
    groups = {"": [*anywhere, *playbook.shared_clauses()]}
    by_number = sorted(
        playbook.scenarios.values(), key=lambda scenario: min(scenario.numbers, default=_LAST)
    )
    for scenario in by_number:
        groups[scenario.name] = playbook.clauses_of(scenario, anywhere)
    return groups


def warn_of_missing(
    playbook: Playbook, settings: PersonalVoiceSettings, synthesiser: Synthesiser
) -> None:
    """Name each voice that a scenario or kefu.toml names and the release has not, once."""
    named: defaultdict[str, list[str]] = defaultdict(list)
    for voice in filter(None, preferred(settings).values()):
        named[voice].append("kefu.toml")
    for scenario in playbook.scenarios.values():
        for voice in scenario.voices():
            named[voice].append(scenario.name)
    for voice, places in named.items():
        if voice not in synthesiser.voices:
            log.warning(
                "voice missing voice=%s named_by=%s", voice, ",".join(dict.fromkeys(places))
            )
