"""The sentences as a sheet to read from: ``docs/voice-sentences.md`` is written from it.

python -m engines.samples.sentence_sheet > docs/voice-sentences.md
"""

from __future__ import annotations

from typing import Final

from engines.samples.sentences import Language, consent_sentence, sentences

_HEADINGS: Final[tuple[tuple[Language, str], ...]] = (("zh", "Mandarin"), ("en", "English"))
_NAMES: Final[dict[Language, str]] = {"zh": "（姓名）", "en": "(name)"}
_ABOUT: Final = """# Sentences to read for a personal voice

Read in a quiet room with soft things in it, a hand's breadth from the microphone, in the voice in
which you answer calls. Leave half a second of silence before and after each sentence. After a slip
of the tongue, read the whole sentence again. The easiest come first: twenty make a voice, fifty the
best one. Save each as a file that begins with its number (`07.wav`), then:

    kefuctl voice enroll NAME --audio FOLDER --script zh"""


def text() -> str:
    """The document."""
    parts = [_ABOUT]
    for language, heading in _HEADINGS:
        consent = consent_sentence(language, _NAMES[language])
        parts += [f"## {heading}", f"Consent, recorded apart: {consent}"]
        parts.append(
            "\n".join(f"{number}. {one}" for number, one in enumerate(sentences(language), 1))
        )
    return "\n\n".join(parts)


if __name__ == "__main__":
    print(text())
