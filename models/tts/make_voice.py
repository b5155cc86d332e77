"""The child that makes a voice of recordings: a style of Kokoro, fitted on one core.

    python -m models.tts.make_voice FOLDER --weights VOICE_FILES --release LITE_FILES

``FOLDER/references.json``: ``{"files": ["a.wav"], "language": "zh", "band_hz": 8000}``; ``texts``,
where it is known what is said in each file, spares hearing it.
Out come ``voice.bin`` (a pack as Kokoro's own, an equaliser, a pitch, offsets of norms),
``fit.json``, and on standard output a JSON line a step. ``checkpoint.npz`` is written every ten
steps, and on SIGTERM once there are steps; a second run goes on from it.
"""

from __future__ import annotations

import argparse
import ctypes
import hashlib
import resource
import signal
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
import torch

from engines.errors import BadAudio, WeightsUnusable
from engines.text.reader_child import Phonemes
from kefu.errors import KefuError
from models.tts import campplus, ecapa, reading
from models.tts.aim import Aim
from models.tts.checkpoint import Checkpoint, DamagedCheckpoint, load, save
from models.tts.clip import Floats
from models.tts.decoder import RATE_HZ as SPOKEN_HZ
from models.tts.decoder import Decoder, decoder_weights
from models.tts.front_end import FrontEnd
from models.tts.heard_back import HearBack
from models.tts.judge import embedded
from models.tts.line_filter import LineFilter
from models.tts.long_term_spectrum import LongTermSpectrum
from models.tts.making import Failure, FitReport, Progress, References
from models.tts.own_pitch import OwnPitch, own_pitch
from models.tts.parent import end_with_parent
from models.tts.passages import Passage, Retelling
from models.tts.prosody_match import Prosody, match
from models.tts.references import Speaker, listen, speech
from models.tts.same_sounds import SameSounds
from models.tts.sounds import Sounds
from models.tts.start_voice import candidates, nearest, start_pack
from models.tts.stock_errors import understood
from models.tts.stock_voices import TABLE
from models.tts.style_fit import Distance, Recipe, StyleFit
from models.tts.variants import Outcome, Variant, tried
from models.tts.voice_packs import VoicePacks, at_ordinary_length
from models.tts.whole_file import write_whole

RECIPE: Final = Recipe()
_SAVED_EVERY: Final = 10
_TERMINATED: Final = 143
_REFUSED: Final = 7
_PITCH_SENTENCES: Final = 4
"""Of the short ones: they choose stock prosodies."""
_SILENCE: Final = (2.0, 4.0)
"""Frames around a sentence: less than in use, since each costs as much as speech."""


class _Stopped(Exception):
    """SIGTERM came."""


class Making:
    """One run of the child.

    Args:
        folder: has ``references.json`` and takes what is made.
        weights: the objects of ``kefuctl pull --profile voice``.
        release: the objects of ``lite``.
        language: instead of the references' own.
        recipe: how the style is fitted.
    """

    def __init__(
        self, folder: Path, weights: Path, release: Path, language: str | None, recipe: Recipe
    ) -> None:
        self._folder, self._weights, self._release = folder, weights, release
        self._recipe = recipe
        self._references = _references(folder, language)
        self._stopped = self._fitting = False
        self._seconds_before = 0.0

    def stop(self, *_: object) -> None:
        """End: at once, or while there is a fit to write down, after the step that is running."""
        self._stopped = True
        if not self._fitting:
            raise _Stopped

    def run(self) -> None:
        """Make the voice.

        Raises:
            KefuError: references or weights cannot be used.
            OSError: the disk is full.
            _Stopped: SIGTERM came; once steps are taken the checkpoint stands.
        """
        _tell(Progress(phase="load"))
        kokoro = self._weights / "tts_kokoro_float"
        band_hz, language = self._references.band_hz, self._references.language
        clips = speech([Path(file) for file in self._references.files], band_hz)
        audio = np.concatenate(clips)
        network, chooser = ecapa.load(self._weights), campplus.load(self._weights)
        speaker = listen(audio, network)
        spectrum, line = LongTermSpectrum(band_hz), LineFilter(band_hz)
        stock = VoicePacks(kokoro / "voices")
        decoder = Decoder(decoder_weights(kokoro / "model.onnx"))
        # The run-time network's: its pitch and durations are a few percent off the float one's.
        front_end = FrontEnd(self._release / "tts_kokoro", kept=_SILENCE)
        reader = Phonemes()
        phonemes = reading.sentences(reader, reading.SENTENCES[language], language)
        clauses = reading.clauses(reader, reading.ORDINARY[language], language)
        speaking = understood(stock.speaking(language))
        of = self._digest(clips)
        resumed = self._resumed(of)
        prosody = (
            resumed.prosody
            if resumed
            else match(
                front_end,
                stock,
                speaking,
                phonemes[:_PITCH_SENTENCES],
                speaker.pitch_hz,
            )
        )
        blend = start_pack(stock, prosody.voices[0], prosody.half)
        pitch = own_pitch(
            [front_end.features(one, blend) for one in clauses],
            decoder,
            blend,
            speaker.pitch_hz,
            band_hz,
        )
        spoken = at_ordinary_length(blend)
        sentences = [pitch.moved(front_end.features(one, spoken)) for one in phonemes]
        sounds = Sounds(self._release)
        retelling = Retelling(
            front_end=front_end,
            decoder=decoder,
            line=line,
            sounds=sounds,
            pack=spoken,
            reader=reader,
        )
        passages = self._passages(retelling, clips)
        del retelling, front_end  # its weights are no longer needed
        distance = Distance(
            decoder=decoder,
            aim=Aim(network, speaker, self._recipe.layers),
            line=line,
            spectrum=spectrum,
            passages=passages,
            sentences=sentences,
            recipe=self._recipe,
        )
        begun = resumed or self._start(of, speaker, stock, speaking, distance, prosody)
        directions, norms = stock.directions(), decoder.norm_spread(stock.timbres())
        fits = [
            StyleFit(
                distance=distance,
                pack=begun.pack,
                directions=directions,
                norms=norms,
                band_hz=band_hz,
                recipe=self._recipe,
                aim=aim,
            )
            for aim in self._recipe.aims
        ]
        if not resumed:
            state = fits[0].begin(SameSounds(sounds, audio, spectrum))
            states = tuple(state.copy() for _ in fits)
            begun = msgspec.structs.replace(begun, states=states)
        del sounds
        self._fit(fits, begun)
        outcomes = [
            msgspec.structs.replace(fit.outcome(state), octaves=pitch.octaves)
            for fit, state in zip(fits, begun.states, strict=True)
        ]
        del fits, distance, decoder, network  # before the network that speaks is loaded
        _give_back()
        ear = HearBack(self._release)
        variants = tried(
            outcomes,
            release=self._release,
            embed=partial(embedded, chooser),
            hear=lambda pcm, text: ear.hear(pcm, SPOKEN_HZ, language, text),
            person=audio,
            language=language,
            band_hz=band_hz,
            on_variant=lambda done, of: _tell(Progress(phase="choose", step=done, of=of)),
        )
        _tell(Progress(phase="write"))
        self._write(outcomes, variants, begun, speaker, pitch)

    def _passages(self, retelling: Retelling, clips: Sequence[Floats]) -> list[Passage]:
        language = self._references.language
        ear, texts = HearBack(self._release), dict(enumerate(self._references.texts))
        return retelling.passages(
            [(clip, texts.get(place, "")) for place, clip in enumerate(clips)],
            language,
            hear=lambda clip: ear.understand(clip, language),
            on_clip=lambda done, of: _tell(Progress(phase="listen", step=done, of=of)),
        )

    def _start(
        self,
        of: str,
        speaker: Speaker,
        stock: VoicePacks,
        speaking: Sequence[str],
        distance: Distance,
        prosody: Prosody,
    ) -> Checkpoint:
        language, band_hz = self._references.language, self._references.band_hz
        # A timbre that was made of Japanese blurs the sounds that only Mandarin has.
        names = speaking if language == "zh" else understood(stock.names)
        name = nearest(
            distance=distance,
            stock=stock,
            names=candidates(TABLE, language, band_hz, speaker, names),
            on_voice=lambda done, count: _tell(Progress(phase="start", step=done, of=count)),
        )
        return Checkpoint(
            of=of,
            start_voice=name,
            prosody_voices=prosody.voices,
            voice_pitch_hz=prosody.pitch_hz,
            pack=start_pack(stock, name, prosody.half),
            seconds=0.0,
            states=(),
        )

    def _fit(self, fits: Sequence[StyleFit], begun: Checkpoint) -> None:
        """One after the other, each in its state."""

        def keep() -> None:
            now = msgspec.structs.replace(begun, seconds=self._seconds())
            save(self._folder / "checkpoint.npz", now)

        count = len(fits) * self._recipe.steps
        self._fitting = True
        for fit, state in zip(fits, begun.states, strict=True):
            while state.step < self._recipe.steps:
                if self._stopped:
                    keep()
                    raise _Stopped
                loss = fit.step(state)
                done = sum(one.step for one in begun.states)
                _tell(Progress(phase="fit", step=done, of=count, loss=round(loss, 4)))
                if done % _SAVED_EVERY == 0:
                    keep()
                    _give_back()
        self._fitting = False

    def _write(
        self,
        outcomes: Sequence[Outcome],
        variants: Sequence[Variant],
        begun: Checkpoint,
        speaker: Speaker,
        pitch: OwnPitch,
    ) -> None:
        chosen = variants[0]
        voice = outcomes[chosen.fit].kept(chosen)
        report = FitReport(
            base_sha256=_sha256(self._release / "tts_kokoro" / "model.onnx"),
            start_voice=begun.start_voice,
            prosody_voices=begun.prosody_voices,
            steps=sum(state.step for state in begun.states),
            losses=tuple(round(loss, 4) for state in begun.states for loss in state.losses),
            variants=tuple(variants),
            reference_seconds=round(speaker.seconds, 2),
            pitch_hz=round(speaker.pitch_hz, 1),
            octaves=round(pitch.octaves, 3),
            voice_pitch_hz=round(pitch.hz, 1),
            seconds_to_make=round(self._seconds(), 1),
            peak_mib=round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
        )
        write_whole(self._folder / "voice.bin", voice)
        write_whole(self._folder / "fit.json", msgspec.json.format(msgspec.json.encode(report)))

    def _resumed(self, of: str) -> Checkpoint | None:
        try:
            found = load(self._folder / "checkpoint.npz", of, len(self._recipe.aims))
        except DamagedCheckpoint as reason:
            _tell(Progress(phase="load", note=f"The checkpoint is left: {reason}."))
            return None
        if found is not None:
            self._seconds_before = found.seconds
            note = f"It goes on from step {sum(state.step for state in found.states)}."
            _tell(Progress(phase="load", note=note))
        return found

    def _seconds(self) -> float:
        return self._seconds_before + time.process_time()

    def _digest(self, clips: Sequence[Floats]) -> str:
        """Of what a fit is of: the same again, and a checkpoint fits."""
        digest = hashlib.sha256(msgspec.json.encode(self._recipe))
        digest.update(f"{self._references.language} {self._references.band_hz}".encode())
        digest.update(msgspec.json.encode(self._references.texts))
        for network in ("tts_kokoro/model.onnx", "asr_whisper/model.bin"):
            digest.update(_sha256(self._release / network).encode())
        for clip in clips:
            digest.update(hashlib.sha256(clip.tobytes()).digest())
        return digest.hexdigest()


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise WeightsUnusable(f"{path} cannot be read: {error.strerror}.") from error


def _references(folder: Path, language: str | None) -> References:
    try:
        found = msgspec.json.decode((folder / "references.json").read_bytes(), type=References)
    except OSError as error:
        raise BadAudio(f"{folder} has no references.json: {error.strerror}.") from error
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise BadAudio(f"{folder}/references.json is damaged: {str(error)[:200]}.") from error
    if language is None:
        return found
    return msgspec.structs.replace(found, language=language)


def _give_back() -> None:
    """Freed memory to the system: a heap full of holes grows by a quarter over a fit."""
    with suppress(AttributeError, OSError):  # glibc alone has it
        ctypes.CDLL(None).malloc_trim(0)


def _tell(line: Progress | Failure) -> None:
    print(msgspec.json.encode(line).decode(), flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """0: made; 7: refused, the last line says why; 143: stopped by SIGTERM."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--weights", type=Path, required=True, help="objects of the profile voice")
    parser.add_argument("--release", type=Path, required=True, help="objects of lite")
    parser.add_argument("--language", choices=("zh", "en"))
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args(arguments)
    end_with_parent()
    torch.set_num_threads(max(1, options.threads))
    try:
        making = Making(options.folder, options.weights, options.release, options.language, RECIPE)
        signal.signal(signal.SIGTERM, making.stop)
        making.run()
    except KefuError as reason:
        _tell(Failure(error=reason.code, message=reason.message))
        return _REFUSED
    except OSError as error:
        _tell(Failure(error="disk", message=f"Nothing could be written: {error}."))
        return _REFUSED
    except _Stopped:
        return _TERMINATED
    return 0


if __name__ == "__main__":
    sys.exit(main())
