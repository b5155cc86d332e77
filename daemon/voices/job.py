"""Making a voice: fit, judge, card. Each step leaves a file, so that the job goes on after a kill.

What is whole in the end moves from ``work/`` up beside the samples.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Final, Literal

import msgspec

from daemon.objects.errors import DiskFull
from daemon.voices import training_child
from daemon.voices.approval import note_made
from daemon.voices.clock import written
from daemon.voices.errors import FitFailed, FitRunning, NoConsent, VoiceError
from daemon.voices.files import make_folder, read_record, write_bytes, write_record
from daemon.voices.job_files import GATE_RULE, Fit, GateLimits, Judgement, References, Standing
from daemon.voices.lock import FIT_LOCK, held, voices_locked
from daemon.voices.material import Material, choose
from daemon.voices.ordinary_file import read_ordinary
from daemon.voices.pack import read_pack
from daemon.voices.places import VoicePlaces
from daemon.voices.records import Card, Consent, Enrolment, usable
from daemon.voices.removal import remove
from daemon.voices.same_person import other_voices
from daemon.voices.settings import PersonalVoiceSettings
from daemon.voices.training import training_python, training_weights
from daemon.voices.training_child import Progress
from engines.samples.weights import voice_weights

_TELL_EVERY_S: Final = 2.0
_EMBEDDINGS: Final = "embeddings.json"
_MOST_EMBEDDINGS: Final = 1 << 20


class Job:
    """Makes the voice of one enrolment. Run it behind calls: ``daemon.voices.idle``.

    Args:
        state: the state folder.
        places: of the voice.
        settings: of personal voices.
        stop: set by a signal handler.
        paused: whether the child of that number has to stand still now.
        on_progress: told what the children tell.
        consent: gives the consent that holds now, or raises why there is none; asked before each
            step, so that a consent which is revoked meanwhile ends the job.
    """

    def __init__(
        self,
        state: Path,
        places: VoicePlaces,
        settings: PersonalVoiceSettings,
        *,
        stop: threading.Event,
        paused: Callable[[int], bool],
        on_progress: Callable[[Progress], None],
        consent: Callable[[], Consent],
    ) -> None:
        self._state = state
        self._places = places
        self._settings = settings
        self._stop = stop
        self._paused = paused
        self._on_progress = on_progress
        self._consent = consent
        self._told_at = 0.0
        self._release = (state / "releases" / "lite" / "files").resolve()

    def run(self, *, again: bool = False) -> Card:
        """Make it, or go on with it; the card is written whether the gate lets it pass or not.

        Args:
            again: forget what an earlier run has left.

        Raises:
            NoSuchVoice: nobody of that name was enrolled.
            TooLittleSpeech, TrainingMissing, FitRunning, FitFailed, DiskFull: as they say.
            VoiceError: no consent holds.
            Interrupted: ``stop`` was set; the next run goes on.
        """
        work = self._places.work
        with _alone(self._state / "voices"):
            with voices_locked(self._state):  # else what is revoked just now would come back
                consent = self._consent()
                enrolment = read_record(self._places.enrolment, Enrolment)
                material = choose(enrolment.samples, self._settings.least_seconds)
                if again:
                    _clear(self._places)
                make_folder(work)
                references = self._listed(enrolment, material.references, material.band_hz)
                held_out = self._listed(enrolment, material.held_out, material.band_hz)
                self._begin(references, held_out)
                same = self._same_person(consent)
                self._begin_judging(same)
            try:
                self._fit()
                self._consent()
                self._judge(references.language, same)
                self._consent()
                pack, sha256 = read_pack(work / "voice.bin")
                card = self._card(enrolment, consent, material, sha256)
            except training_child.Interrupted:
                self._stand("stopped")
                raise
            except FitFailed as failure:
                self._stand("failed", reason=failure.message)
                raise
            self._keep(card, pack)
            self._stand("done")
            return card

    def _keep(self, card: Card, pack: bytes) -> None:
        """Pack, card and entry in the ledger, unless the voice was revoked meanwhile."""
        with voices_locked(self._state):
            holds = self._consent()
            if card.consent_id not in (holds.id, *holds.renews):
                raise NoConsent(f"The consent under which {card.name} was made holds no longer.")
            write_bytes(self._places.pack, pack)
            write_record(self._places.card, card)
            note_made(self._state, card, datetime.now(timezone.utc))

    def _listed(self, enrolment: Enrolment, files: tuple[str, ...], band_hz: int) -> References:
        paths = tuple(str((self._places.samples / one).resolve()) for one in files)
        said = {sample.file: sample.asked or sample.heard for sample in enrolment.samples}
        digests = {sample.file: sample.sha256 for sample in enrolment.samples}
        return References(
            files=paths,
            language=enrolment.language,
            band_hz=band_hz,
            texts=tuple(said.get(one, "") for one in files),
            sha256=tuple(digests.get(one, "") for one in files),
        )

    def _begin(self, references: References, held_out: References) -> None:
        """Other samples than last time: what was made of those is no good any more."""
        work = self._places.work
        for name, wanted in (("references.json", references), ("held_out.json", held_out)):
            try:
                same = read_record(work / name, References) == wanted
            except VoiceError:
                same = False
            if not same:
                self._undo()
                write_record(work / name, wanted)

    def _undo(self) -> None:
        for left_over in ("checkpoint.npz", "voice.bin", "fit.json", "judged.json"):
            (self._places.work / left_over).unlink(missing_ok=True)

    def _same_person(self, consent: Consent) -> tuple[str, ...]:
        now, least = datetime.now(timezone.utc), self._settings.least_likeness
        who, embedding = consent.who, consent.embedding
        return tuple(sorted(other_voices(self._state, consent.voice, who, embedding, now, least)))

    def _begin_judging(self, same_person: tuple[str, ...]) -> None:
        """Other limits, or other voices of the same person: the same voice is judged again."""
        limits = GateLimits(
            share_of_the_way=self._settings.share_of_the_way,
            error_rate_margin=self._settings.error_rate_margin,
            same_person=same_person,
            rule=GATE_RULE,
        )
        path = self._places.work / "limits.json"
        try:
            same = read_record(path, GateLimits) == limits
        except VoiceError:
            same = False
        if not same:
            (path.parent / "judged.json").unlink(missing_ok=True)
            write_record(path, limits)

    def _fit(self) -> None:
        if self._made_for_another_network():
            self._undo()
        if not self._readable("fit.json", Fit):
            self._child("fit", "models.tts.make_voice", [])
        pack = self._places.work / "voice.bin"
        try:
            read_pack(pack)
        except VoiceError as reason:
            (self._places.work / "fit.json").unlink(missing_ok=True)
            raise FitFailed(f"{pack} is no voice.") from reason

    def _readable(self, name: str, kind: type[msgspec.Struct]) -> bool:
        """Whether a step was done; what a power cut has left of a file is done again."""
        try:
            read_record(self._places.work / name, kind)
        except VoiceError:
            return False
        return True

    def _made_for_another_network(self) -> bool:
        """Whether the release has another Kokoro than the one that this is a style of."""
        try:
            base = read_record(self._places.work / "fit.json", Fit).base_sha256
            network = (self._release / "tts_kokoro" / "model.onnx").read_bytes()
        except (VoiceError, OSError):  # nothing was made, or there is nothing to compare with
            return False
        return base not in ("", hashlib.sha256(network).hexdigest())

    def _judge(self, language: str, same_person: tuple[str, ...]) -> None:
        if not self._readable("judged.json", Judgement):
            limits = [
                f"--share-of-the-way={self._settings.share_of_the_way}",
                f"--error-rate-margin={self._settings.error_rate_margin}",
            ]
            # Embeddings that other voices' judgements have left: the person is ranked among them.
            known = (self._state / "voices").resolve()
            more = [f"--known={known}", f"--language={language}", *limits]
            more += [f"--same-person={name}" for name in same_person]
            self._child("judge", "models.tts.judge_voice", more)

    def _child(self, phase: Literal["fit", "judge"], module: str, more: list[str]) -> None:
        def told(progress: Progress) -> None:
            self._on_progress(progress)
            if time.monotonic() - self._told_at > _TELL_EVERY_S:
                self._stand(phase, step=progress.step, of=progress.of)

        weights = training_weights(self._state).resolve()
        command = [str(training_python()), "-I", "-m", module, str(self._places.work.resolve())]
        training_child.run(
            [*command, f"--weights={weights}", f"--release={self._release}", *more],
            stop=self._stop,
            paused=self._paused,
            on_progress=told,
            log=self._places.work / "child.log",
        )

    def _card(
        self, enrolment: Enrolment, consent: Consent, material: Material, sha256: str
    ) -> Card:
        work = self._places.work
        fit, judged = (
            read_record(work / "fit.json", Fit),
            read_record(work / "judged.json", Judgement),
        )
        good = usable(enrolment.samples)
        quality = sum(one.quality for one in good) / len(good)
        base, personal = voice_weights(
            len(good),
            quality,
            base=self._settings.base_weight,
            personal=self._settings.personal_weight,
            least=self._settings.least_samples,
            best=self._settings.best_samples,
            threshold=self._settings.quality,
        )
        return Card(
            name=enrolment.name,
            language=enrolment.language,
            made_at=written(datetime.now(timezone.utc)),
            voice_sha256=sha256,
            base_sha256=fit.base_sha256,
            start_voice=fit.start_voice,
            samples=len(good),
            seconds=material.seconds,
            band_hz=material.band_hz,
            pitch_hz=judged.pitch_hz,
            voice_pitch_hz=judged.voice_pitch_hz,
            optimised=judged.optimised,
            independent=judged.independent,
            error_rate=judged.error_rate,
            stock_error_rate=judged.stock_error_rate,
            sentences=judged.sentences,
            guard_failures=judged.guard_failures,
            seconds_to_make=round(fit.seconds_to_make + judged.seconds_to_judge, 1),
            peak_mib=max(fit.peak_mib, judged.peak_mib),
            consent_id=consent.id,
            personal_weight=personal,
            base_weight=base,
            refusals=judged.refusals,
        )

    def _stand(
        self,
        phase: Literal["fit", "judge", "done", "stopped", "failed"],
        *,
        step: int = 0,
        of: int = 0,
        reason: str = "",
    ) -> None:
        self._told_at = time.monotonic()
        now = written(datetime.now(timezone.utc))
        standing = Standing(
            phase=phase, step=step, of=of, at=now, reason=reason[:400], pid=os.getpid()
        )
        # How far it is must not end it; and it is of no voice that was revoked meanwhile.
        with contextlib.suppress(OSError, DiskFull), voices_locked(self._state):
            if self._places.work.is_dir():
                write_record(self._places.work / "progress.json", standing)


def forget(places: VoicePlaces) -> None:
    """What earlier runs have left of a voice, so that the next one begins anew.

    Raises:
        FitRunning: a voice is being made.
        DiskFull, OSError: the folder cannot be written.
    """
    with _alone(places.state / "voices"), voices_locked(places.state):
        _clear(places)


def _clear(places: VoicePlaces) -> None:
    """But how the person sounds: other voices are ranked among all who are known."""
    embeddings = b""
    with contextlib.suppress(OSError, VoiceError):
        embeddings = read_ordinary(places.work / _EMBEDDINGS, _MOST_EMBEDDINGS)
    remove(places.state, "voices", places.name, places.work.name)
    if embeddings:
        make_folder(places.work)
        write_bytes(places.work / _EMBEDDINGS, embeddings)


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One job at a time on a box: two would not fit into what calls leave over."""
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(held(folder / FIT_LOCK, wait=False))
        except BlockingIOError as reason:
            raise FitRunning("A voice is being made on this box already.") from reason
        yield
