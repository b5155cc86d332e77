"""Recordings become samples of a voice, each judged, kept and written down before it counts.

``Enroller`` may be killed between any two writes: what ``add`` has returned stands in
``enrolment.json``, and the same call on the next run goes on from there.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from os.path import samestat
from pathlib import Path
from types import TracebackType
from typing import Final

import msgspec
import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from daemon.voices.errors import EnrolmentBusy, EnrolmentFull, NoSuchVoice, OtherLanguage
from daemon.voices.files import read_record, write_bytes, write_record
from daemon.voices.lock import lock_file, voices_locked
from daemon.voices.places import VoicePlaces
from daemon.voices.records import Enrolment, Language, Sample
from daemon.voices.sample_files import COMMON_HZ, at_common_rate, digest, read_wav, wav
from daemon.voices.speakers import NOT_COMPARED, judged_by_speaker, without_speaker_refusals
from daemon.voices.voiceprints import Embedder, Voiceprint, voiceprint
from engines.samples.bandwidth import nominal_band_hz
from engines.samples.fingerprint import SAME, fingerprint, likeness
from engines.samples.gate import USUAL, SampleSettings, judge
from engines.samples.measure import heard_in
from engines.samples.refusal import Refusal
from engines.samples.spectrum import FRAMES_PER_S

MOST_SAMPLES: Final = 500
Pcm = NDArray[np.int16]
Floats = NDArray[np.float32]
Hear = Callable[[Pcm, int, float], str]
"""What a recogniser hears in (T,) int16 at 16 kHz with so many seconds of voice."""


class Recording(msgspec.Struct, frozen=True, kw_only=True):
    """One utterance that is offered: (T,) int16, mono, at most 30 s, 8 to 48 kHz."""

    pcm: Pcm
    rate_hz: int
    source: str
    """The file or call that it came from."""
    asked: str = ""
    """The sentence that should be read; empty: any."""
    heard: str = ""
    """Empty: not recognised yet."""


class Enroller:
    """The enrolment of one voice, open for more. Use it with ``with``: one process at a time.

    Args:
        places: of the voice.
        language: that it speaks; an enrolment that is there keeps its own where it is None.
        settings: limits of a sample.
        hear: recognises what has a text that was asked for; None: texts are not compared.

    Raises:
        EnrolmentBusy: another process adds to this voice.
        VoiceError: the enrolment is damaged, or of another language.
    """

    def __init__(
        self,
        places: VoicePlaces,
        language: Language | None = None,
        *,
        settings: SampleSettings = USUAL,
        hear: Hear | None = None,
    ) -> None:
        self._places = places
        self._settings = settings
        self._hear = hear
        self._lock = _locked(places)
        self._prints: dict[str, Floats] = {}
        try:
            for draft in places.samples.glob(".*"):  # of a run that was killed
                draft.unlink(missing_ok=True)
            self._record = _opened(places, language)
        except BaseException:
            os.close(self._lock)
            raise

    def __enter__(self) -> Enroller:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        os.close(self._lock)

    @property
    def record(self) -> Enrolment:
        """As it stands on disk."""
        return self._record

    def add(self, recording: Recording) -> Sample:
        """Judge a recording and keep it; what comes back is durable.

        The same recording of the same source and text is not judged again. Only what passes is
        kept as a file, and is usable from ``compare`` on; of the rest the verdict stays.

        Raises:
            BadAudio: another type, shape, rate or length than a recording has.
            EnrolmentFull: there are 500 samples.
            NoSuchVoice: the voice was revoked meanwhile.
            DiskFull: nothing was kept; what was there stays.
        """
        heard = heard_in(recording.pcm, recording.rate_hz)
        common = at_common_rate(recording.pcm, recording.rate_hz)
        sha256 = digest(common)
        for known in self._record.samples:
            same = (known.sha256, known.source, known.asked)
            if same == (sha256, recording.source, recording.asked):
                return known
        if len(self._record.samples) >= MOST_SAMPLES:
            raise EnrolmentFull(f"{self._places.name} has {MOST_SAMPLES} recordings.")
        voice_s = float(np.count_nonzero(heard.voice.spoken)) / FRAMES_PER_S
        text = recording.heard
        if recording.asked and not text and self._hear is not None:
            text = self._hear(common, COMMON_HZ, voice_s)
        asked = recording.asked if text or self._hear is not None else ""
        report = judge(recording.pcm, recording.rate_hz, asked, text, self._settings)
        printed = fingerprint(heard.spectra, heard.voice)
        refusals = [*report.refusals, *self._copies(sha256, printed)]
        file = ""
        if not refusals:
            file = f"{self._next_number():04}.wav"
            with self._still_there():
                write_bytes(self._places.samples / file, wav(recording.pcm, recording.rate_hz))
        sample = Sample(
            file=file,
            source=recording.source,
            sha256=sha256,
            seconds=round(report.measurements.voice_s, 2),
            band_hz=nominal_band_hz(report.measurements.bandwidth_hz),
            quality=round(report.quality, 3),
            asked=recording.asked,
            heard=text,
            refusals=tuple(refusals) or (NOT_COMPARED,),
        )
        self._write(replace(self._record, samples=(*self._record.samples, sample)))
        if file:
            self._prints[file] = printed
        return sample

    def compare(
        self, embedder: Embedder, on_sample: Callable[[int, int], None] = lambda done, of: None
    ) -> Enrolment:
        """Find the samples of other people, and whose voice the rest is.

        Args:
            embedder: ``daemon.voices.likeness.Likeness``.
            on_sample: told how many of how many samples were embedded.

        Raises:
            LikenessFailed: what was embedded so far is kept.
            DiskFull: likewise.
            NoSuchVoice: the voice was revoked meanwhile.
        """
        before = [bool(one.file) and not one.refusals for one in self._record.samples]
        samples = without_speaker_refusals(self._record.samples)
        places = [place for place, one in enumerate(samples) if one.file and not one.refusals]
        prints: list[Voiceprint] = []
        for done, place in enumerate(places, 1):
            found = voiceprint(self._places.samples, samples[place], embedder, self._keep)
            prints.append(found)
            on_sample(done, len(places))
        judged, embedding = judged_by_speaker(
            [samples[place] for place in places], prints, [before[place] for place in places]
        )
        for place, sample in zip(places, judged, strict=True):
            samples[place] = sample
        self._write(replace(self._record, samples=tuple(samples), embedding=embedding))
        return self._record

    def _copies(self, sha256: str, printed: Floats) -> list[Refusal]:
        """Refused where it was kept before."""
        for known in (one for one in self._record.samples if one.file):
            alike = 1.0 if known.sha256 == sha256 else likeness(printed, self._print(known.file))
            if alike >= SAME:
                return [
                    Refusal(
                        code="duplicate",
                        reason=f"the same recording as {known.source} ({known.file})",
                        mend="Read the sentence again, or give another one.",
                    )
                ]
        return []

    def _print(self, file: str) -> Floats:
        if file not in self._prints:
            pcm, rate_hz = read_wav(self._places.samples / file)
            heard = heard_in(pcm, rate_hz)
            self._prints[file] = fingerprint(heard.spectra, heard.voice)
        return self._prints[file]

    def _next_number(self) -> int:
        """A file of this number that is there was never counted: it is written over."""
        taken = (int(one.file[:-4]) for one in self._record.samples if one.file)
        return 1 + max(taken, default=0)

    @contextmanager
    def _still_there(self) -> Iterator[None]:
        """Nothing is written where the voice was revoked, and nobody revokes it in between."""
        with voices_locked(self._places.state):
            try:
                there = (self._places.folder / ".lock").lstat()
            except OSError:
                there = None
            if there is None or not samestat(there, os.fstat(self._lock)):
                raise NoSuchVoice(f"{self._places.name} was removed meanwhile.")
            yield

    def _keep(self, path: Path, record: msgspec.Struct) -> None:
        with self._still_there():
            write_record(path, record)

    def _write(self, record: Enrolment) -> None:
        self._keep(self._places.enrolment, record)
        self._record = record


def _opened(places: VoicePlaces, language: Language | None) -> Enrolment:
    try:
        found = read_record(places.enrolment, Enrolment)
    except NoSuchVoice:
        return Enrolment(name=places.name, language=language or "zh")
    if language is not None and language != found.language:
        if found.samples:
            raise OtherLanguage(
                f"{places.name} was enrolled as {found.language}, and not as {language}."
            )
        return replace(found, language=language)
    return found


def _locked(places: VoicePlaces) -> int:
    """A descriptor that holds the folder's lock until it is closed."""
    # A folder without a lock is left over from a revoked voice: a sweep would take it away.
    with voices_locked(places.state):
        descriptor = lock_file(places.folder / ".lock")
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise EnrolmentBusy(f"Recordings are being added to {places.name}.") from None
    return descriptor
