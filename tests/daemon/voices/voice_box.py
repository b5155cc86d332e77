"""A state folder with a release that speaks, and a voice that was made by consent."""

from __future__ import annotations

import hashlib
import wave
from datetime import datetime, timedelta, timezone
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from daemon.objects.store import Store
from daemon.release import labels
from daemon.release.manifest import Manifest, Object, make
from daemon.release.write import write
from daemon.voices.approval import note_made
from daemon.voices.clock import written
from daemon.voices.consent import audio_digest
from daemon.voices.files import write_record
from daemon.voices.key import site_key
from daemon.voices.ledger import Ledger
from daemon.voices.places import VoicePlaces
from daemon.voices.records import Card, Consent, Enrolment, Judged, Sample
from daemon.voices.signing import sign

NOW = datetime(2026, 12, 1, 9, 0, tzinfo=timezone.utc)
PACK = (np.arange(510 * 256, dtype="<f4") / (510 * 256)).tobytes()
WEIGHTS = {"tts_kokoro/model.onnx": b"network", "asr_whisper/model.bin": b"ears"}
JUDGED = Judged(
    nearest_stock=0.6,
    nearest_stock_voice="zf_xiaobei",
    fitted=0.75,
    ceiling=0.88,
    others=0.5,
    share_of_the_way=0.54,
    first=True,
)


def release_of(profile: str = "lite") -> Manifest:
    """A release that speaks, in stock voices."""
    objects = {
        name: Object(sha256=hashlib.sha256(data).hexdigest(), bytes=len(data), licence="MIT")
        for name, data in WEIGHTS.items()
    }
    return make(profile, objects, {"tts_kokoro": {"threads": 2}}, labels.current())


def box(state: Path) -> Path:
    """A state folder with that release."""
    store = Store(state / "objects")
    for name, data in WEIGHTS.items():
        store.add([data], sha256=None, what=name)
    write(state, release_of())
    return state


def direction(seed: int) -> tuple[float, ...]:
    """An embedding: length 1, far from that of any other seed."""
    row = np.random.default_rng(seed).normal(size=192)
    return tuple(float(value) for value in row / np.linalg.norm(row))


def enrolled(state: Path, name: str, *, seed: int = 1, now: datetime = NOW) -> VoicePlaces:
    """A person with samples, without consent."""
    places = VoicePlaces(state, name)
    sample = Sample(
        file="0001.wav", source="a.wav", sha256="0" * 64, seconds=20.0, band_hz=8000, quality=0.9
    )
    write_record(
        places.enrolment,
        Enrolment(name=name, language="zh", samples=(sample,), embedding=direction(seed)),
    )
    places.samples.mkdir(parents=True, exist_ok=True)
    (places.samples / "0001.wav").write_bytes(b"RIFF")
    return places


def consented(
    state: Path,
    name: str,
    *,
    seed: int = 1,
    now: datetime = NOW,
    days: int = 365,
    identity: str = "",
    scope: tuple[str, ...] = (),
    embedding: tuple[float, ...] = (),
) -> Consent:
    """A consent that was checked and taken; the checks themselves have tests of their own."""
    places = VoicePlaces(state, name)
    places.folder.mkdir(parents=True, exist_ok=True)
    with wave.open(str(places.consent_audio), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(np.random.default_rng(seed).integers(-99, 99, 8000, "<i2").tobytes())
    digest = audio_digest(places.consent_audio)
    consent = sign(
        Consent(
            id=identity or hashlib.sha256(f"{name} {seed}".encode()).hexdigest()[:32],
            voice=name,
            who="王小明",
            purpose="接听客户来电",
            scope=scope,
            given_at=written(now),
            expires_at=written(now + timedelta(days=days)),
            text="我同意",
            heard="我同意",
            audio_sha256=digest,
            likeness=0.8,
            channel="file",
            embedding=embedding or direction(seed),
        ),
        site_key(state),
    )
    write_record(places.consent, consent)
    Ledger(state).append(
        "consent", name, now=now, by="王小明", consent_id=consent.id, audio_sha256=digest
    )
    return consent


def card(consent: Consent, pack: bytes = PACK) -> Card:
    """Of a voice that passed the gate."""
    return Card(
        name=consent.voice,
        language="zh",
        made_at=consent.given_at,
        voice_sha256=hashlib.sha256(pack).hexdigest(),
        base_sha256=hashlib.sha256(WEIGHTS["tts_kokoro/model.onnx"]).hexdigest(),
        start_voice="zf_xiaobei",
        samples=20,
        seconds=60.0,
        band_hz=8000,
        pitch_hz=200.0,
        voice_pitch_hz=205.0,
        optimised=JUDGED,
        independent=JUDGED,
        error_rate=0.02,
        stock_error_rate=0.01,
        guard_failures=0,
        seconds_to_make=150.0,
        peak_mib=2000.0,
        consent_id=consent.id,
        personal_weight=0.2,
        base_weight=0.8,
    )


def made(state: Path, consent: Consent, pack: bytes = PACK, now: datetime = NOW) -> Card:
    """The voice beside its card, as the job leaves it."""
    places = VoicePlaces(state, consent.voice)
    places.pack.write_bytes(pack)
    described = card(consent, pack)
    write_record(places.card, described)
    note_made(state, described, now)
    return described


def ready(state: Path, name: str = "wang-xiaoming", *, seed: int = 1, pack: bytes = PACK) -> Card:
    """A voice that may be approved."""
    enrolled(state, name, seed=seed)
    return made(state, consented(state, name, seed=seed), pack)


def rewritten(path: Path, kind: type[msgspec.Struct], **changes: object) -> None:
    """Change fields of a record, as a hand with an editor would."""
    record = msgspec.json.decode(path.read_bytes(), type=kind)
    write_record(path, msgspec.structs.replace(record, **changes))


def said(seed: int, seconds: float = 6.0, rate_hz: int = 16_000) -> NDArray[np.int16]:
    """(T,) int16 that a gate takes for speech: gliding syllables, each seed others."""
    rng = np.random.default_rng(seed)
    pieces = [np.zeros(rate_hz // 2)]
    while sum(map(len, pieces)) < (seconds - 0.5) * rate_hz:
        length = int(rng.uniform(0.15, 0.3) * rate_hz)
        pitch_hz = rng.uniform(185, 215) * np.linspace(1.0, rng.uniform(0.8, 1.2), length)
        phase = 2 * np.pi * np.cumsum(pitch_hz) / rate_hz
        formants = rng.uniform((300, 900, 2200), (800, 2000, 3200))
        tone = np.zeros(length)
        for harmonic in range(1, 18):
            near = np.exp(-(((harmonic * 200 - formants) / 150) ** 2)).sum() + 0.02
            tone += near * np.sin(harmonic * phase + rng.uniform(0, 6))
        pieces += [tone * np.hanning(length), np.zeros(int(rng.uniform(0.02, 0.4) * rate_hz))]
    whole = np.concatenate([*pieces, np.zeros(int(seconds * rate_hz))])[: int(seconds * rate_hz)]
    whole = 9000 * whole / np.abs(whole).max() + rng.normal(0, 15, len(whole))
    return np.asarray(whole, np.int16)
