"""Streaming kernels of the line: G.711, the telephone line, voice edges.

Compiled from ``csrc/``. Buffers are contiguous and of one axis; PCM is little-endian int16, given
as bytes or as an int16 array; numpy is not needed. A wrong value is answered by ValueError
``name: got X, expected Y``, a wrong type by TypeError, and the object stays as it was. Objects are
not thread-safe. Samples count at the line's rate from 0, each direction its own.
"""

from collections.abc import Sequence
from typing import Any, Protocol, TypeAlias, final, overload

import numpy as np
from numpy.typing import NDArray
from typing_extensions import Buffer

class _Array(Protocol):
    """A numpy array, which types itself as Buffer from Python 3.12 on only."""

    @property
    def __array_interface__(self) -> dict[str, Any]: ...

_Samples: TypeAlias = Buffer | _Array

def build_info() -> dict[str, str]:
    """``version``, ``compiler``, ``build_type``, ``sanitizers``; ``simd``: this processor's path.

    ``cuda``: nvcc's version, empty where the CUDA twins were left out; ``cuda_architectures``: for
    which GPUs they were compiled, as ``75,90``.
    """

@overload
def align(
    reference: list[str] | tuple[str, ...],
    hypothesis: list[str] | tuple[str, ...],
    gap: str,
    *,
    insertion: int = 1,
    deletion: int = 1,
    substitution: int = 1,
) -> list[tuple[str, str]]: ...
@overload
def align(
    reference: list[str] | tuple[str, ...],
    hypothesis: list[str] | tuple[str, ...],
    gap: None = None,
    *,
    insertion: int = 1,
    deletion: int = 1,
    substitution: int = 1,
) -> list[tuple[str | None, str | None]]:
    """The cheapest way to write ``reference`` as ``hypothesis``, word by word.

    Pairs of what stands side by side, in order; ``gap`` (None) where nothing does. Costs are of a
    word of the hypothesis alone, of the reference alone, and of one for another, 0 to 100,000;
    equal words cost nothing. Among pairings of one cost, from the end: an insertion before a
    deletion, either before a match or substitution, as ``kaldialign.align``. At most 10,000 words.

    Wagner and Fischer (1974); for costs of 1 bit-parallel, Myers (1999). Releases the GIL from
    50,000 cells (words × words) on.
    """

def align_positions(
    reference: _Samples,
    hypothesis: _Samples,
    *,
    insertion: int = 1,
    deletion: int = 1,
    substitution: int = 1,
) -> NDArray[np.int32]:
    """As ``align``, of numbers: (M,) int32, (N,) int32 to (P, 2) int32 positions, -1 for a gap."""

def edit_distance(
    reference: list[str] | tuple[str, ...] | _Samples,
    hypothesis: list[str] | tuple[str, ...] | _Samples,
    *,
    insertion: int = 1,
    deletion: int = 1,
    substitution: int = 1,
) -> int:
    """The cost of ``align`` alone; both lists of words, or both (N,) int32."""

@final
class Crf:
    """A linear-chain conditional random field: decoding, sums over paths, marginals.

    Conventions of the package pytorch-crf with ``batch_first=True``; its mask is ``lengths``. The
    score of a sequence is start + emissions + transitions + end. All scores are at most 1e30, or
    -inf for what never occurs. Sums over paths stay within 1e-6 of the largest score a step.
    Immutable: threads may share one. Every method releases the GIL.

    Methods take ``emissions`` (B, T, K) float32 and ``lengths`` (B,) int64 of 1 to T, None for T
    throughout; what lies beyond a length is not looked at. ValueError for no sequence, for NaN, and
    for a sequence that no path can have.
    """

    def __init__(
        self,
        transitions: NDArray[np.float32],
        start: NDArray[np.float32] | None = None,
        end: NDArray[np.float32] | None = None,
    ) -> None:
        """``transitions``: (K, K) from row to column, K 1 to 512; ``start``, ``end``: (K,).

        Without ``start`` or ``end`` every tag may be first or last alike.
        """
    @property
    def tags(self) -> int:
        """K."""
    def viterbi(
        self, emissions: NDArray[np.float32], lengths: NDArray[np.int64] | None = None
    ) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
        """The best paths, (B, T) with -1 beyond the lengths, and their scores, (B,).

        Of equal scores the lowest tag wins, looked at from the last step back.
        """
    def log_partition(
        self, emissions: NDArray[np.float32], lengths: NDArray[np.int64] | None = None
    ) -> NDArray[np.float64]:
        """Ln Σ e^score over all paths, (B,)."""
    def log_likelihood(
        self,
        emissions: NDArray[np.float32],
        path: NDArray[np.int32],
        lengths: NDArray[np.int64] | None = None,
    ) -> NDArray[np.float64]:
        """Ln of the probability of each ``path``, (B, T): (B,), at most 0."""
    def marginals(
        self, emissions: NDArray[np.float32], lengths: NDArray[np.int64] | None = None
    ) -> NDArray[np.float32]:
        """Probability of each tag at each step, (B, T, K); 0 beyond the lengths."""

def tokenize(text: str) -> list[str]:
    """What of a text is compared and voted: Chinese characters, and words between them.

    Words are runs of letters, digits and apostrophes, in lower case; kana, Hangul and the like give
    a token a character; punctuation is dropped. Traditional and Simplified stay apart.
    """

def longest_repeat(words: list[str] | tuple[str, ...], times: int) -> int:
    """How many words the longest stretch has that stands at least ``times`` in a row; 0: none.

    ``times``: 2 to 1000; at most 10,000 words. Releases the GIL from 500 words on.
    """

def agreement(first: list[str] | tuple[str, ...], second: list[str] | tuple[str, ...]) -> float:
    """1 − edit distance ÷ the longer: 1 for equal lists (two empty ones too), 0: nothing in common.

    Releases the GIL from 500 words on.
    """

def voiced_share(
    spoken: Sequence[tuple[float, float]], voiced: Sequence[tuple[float, float]]
) -> float:
    """The share of the time of ``spoken`` in which there was voice, 0..1.

    Lists of (begin, end) in milliseconds, those of ``voiced`` in order and apart.
    """

@final
class Calibration:
    """Says of a confidence, 0..1, which share of words with it is right, 0..1."""

    @staticmethod
    def curve(slope: float, offset: float) -> Calibration:
        """Platt (1999): 1 ÷ (1 + e^-(slope × log-odds + offset)); slope 1 ÷ T: a temperature."""
    @staticmethod
    def table(confidences: Sequence[float], shares: Sequence[float]) -> Calibration:
        """Straight lines between knots, of isotonic regression; at most 1024, both rising."""
    def apply(self, confidence: float) -> float: ...

@final
class FusedText:
    """What ``fuse_readings`` makes of several readings."""

    @property
    def text(self) -> str:
        """As the readings write it; spaces beside words only."""
    @property
    def tokens(self) -> tuple[str, ...]:
        """In the spelling of the heaviest reading that has it."""
    @property
    def confidences(self) -> tuple[float, ...]:
        """Of each token, 0..1: the share of weight behind it times its confidence, calibrated."""
    @property
    def engines(self) -> tuple[int, ...]:
        """Whose spelling each token has, by place in ``engines``."""
    @property
    def confidence(self) -> float:
        """Mean of the tokens'; 0 where there is none."""
    @property
    def agreement(self) -> float:
        """Of the best readings of two engines, the least of all pairs; 1 for one engine."""
    @property
    def slots(self) -> int:
        """Of the confusion network."""
    @property
    def contested(self) -> int:
        """Slots in which not all readings have the same."""
    @property
    def characters(self) -> int:
        """Chinese characters, letters and digits of the text."""
    @property
    def repeated_twice(self) -> int:
        """Tokens of the longest stretch that stands twice in a row."""
    @property
    def repeated_thrice(self) -> int:
        """The same, three times."""

def fuse_readings(
    engines: Sequence[
        tuple[float, Calibration | None, Sequence[tuple[str, float, float | Sequence[float]]]]
    ],
    *,
    alpha: float = 0.0,
    null_confidence: float = 0.7,
    calibration: Calibration | None = None,
) -> FusedText:
    """One text out of what several recognisers heard of one utterance (ROVER, Fiscus 1997).

    ``engines``: lists or tuples of (weight, calibration of its confidences, readings best first);
    a reading is (text, posterior, confidence of the whole or one a token of ``tokenize``).
    Posteriors are made to sum to 1 within an engine, weights over the engines that have readings.
    ``alpha``: 0 votes by weight times confidence, 1 by weight alone; ``null_confidence`` is that of
    saying nothing; ``calibration`` is of the result. At most 16 engines, 1000 readings, 20,000
    tokens. Pure, and the order of the engines does not matter. Releases the GIL.
    """

def fusion_weights(
    row: Sequence[float],
    base: Sequence[float],
    document_base: Sequence[float],
    confidence: Sequence[float],
    *,
    threshold: float = 0.8,
    factor: float = 1.2,
) -> list[float]:
    """What each source counts: row × base ÷ document_base, × factor above threshold, to sum 1."""

def fuse_emotions(
    voice: NDArray[np.float64],
    text: NDArray[np.float64],
    confidence: NDArray[np.float64],
    trust: NDArray[np.float64],
    present: NDArray[np.uint8],
    *,
    rows: NDArray[np.float64],
    base: tuple[float, float],
    document_base: tuple[float, float],
    sure_above: float,
    sure_factor: float,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Voice and text of N calls as one feeling each. Pure.

    ``voice``, ``text``: (N, 8) posteriors that sum to 1 within 0.001. (N, 2), of voice and text:
    ``confidence`` and ``trust`` (what a posterior is multiplied by to be a confidence), 0 to 1, and
    ``present``: 0 where a modality has nothing to say; what stands in its place is not read, and
    the other is copied. ``rows``: (8, 2) weights of each class beside ``document_base``.

    Each class: row x (base / document's base), times ``sure_factor`` where a confidence is above
    ``sure_above``, normalised; the posteriors added with these weights, normalised. Returns (N, 8)
    fused, (N, 2) weights of the class that has most, and (N,) its confidence. Releases the GIL for
    more than 32 calls.
    """

def emotion_weights(
    row: tuple[float, float],
    confidence: tuple[float, float],
    *,
    base: tuple[float, float],
    document_base: tuple[float, float],
    sure_above: float,
    sure_factor: float,
) -> tuple[float, float]:
    """The weights of voice and text for one class, as ``fuse_emotions`` takes them; sum 1."""

def weigh_emotions(
    posterior: NDArray[np.float64], class_weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(N, 8) posteriors times (8,) weights of the classes, each renormalised."""

def g711_decode(payload: _Samples, law: str) -> bytes:
    """(N,) uint8 codes to (N,) int16. ``law``: ``ulaw`` or ``alaw`` (ITU-T G.711, 11/1988).

    Releases the GIL.
    """

def g711_encode(pcm: _Samples, law: str) -> bytes:
    """(N,) int16 to (N,) uint8 codes, by the decision values of ITU-T G.711. Releases the GIL."""

@final
class CallerEar:
    """What one caller says: PCM, the voice in it, and the utterance under way.

    ``FrontEnd`` brings the audio. Samples count at the line's rate from ``first_sample``. All
    memory is taken at once: 1.6 MB at 8 kHz (29.5 s of PCM, 30 s of log-mel); pages of PCM are
    touched when an utterance gets so long. The GIL is kept; ValueError for what would read or
    change an utterance while a front end is at work on it.
    """

    def __init__(
        self,
        rate_hz: int,
        first_sample: int,
        *,
        on: float,
        off: float,
        start_ms: int,
        stop_ms: int,
        pre_roll_ms: int,
        post_roll_ms: int,
    ) -> None:
        """``rate_hz``: 8000, 16000, 24000; the rest as ``VoiceEdges``; rolls: at most 5000."""
    @property
    def rate_hz(self) -> int: ...
    @property
    def next_sample(self) -> int:
        """Number of the next sample."""
    @property
    def voiced(self) -> bool:
        """There is voice now."""
    @property
    def newest(self) -> float:
        """The detector's newest answer, 0 for our own echo."""
    @property
    def voice_start(self) -> int:
        """First voiced sample of the newest stretch of voice."""
    @property
    def voice_end(self) -> int:
        """Just past the last voiced sample."""
    @property
    def silence_ms(self) -> float:
        """Since the last voiced window; before any, since the beginning."""
    @property
    def voiced_ms(self) -> float:
        """Voice in this utterance."""
    @property
    def in_utterance(self) -> bool:
        """Voice has started and ``finish_utterance`` was not called since."""
    @property
    def utterance_start(self) -> int:
        """First voiced sample of the utterance; outside of one ``voice_start``."""
    def utterance(self) -> bytes:
        """(T,) int16: the utterance with pre-roll and, of what came, at most the post-roll.

        Of more than 29.5 s the end.
        """
    def spectrogram(self) -> NDArray[np.float32] | None:
        """(80, F) float32: Whisper's log-mel of ``utterance`` at 16 kHz.

        Silence follows up to the last frame, which is all silence: more of it repeats that frame.

        None outside of an utterance, and where its beginning was forgotten.
        """
    def finish_utterance(self) -> None:
        """What comes next begins a new utterance."""
    def begin_anew(self) -> None:
        """As if nothing had been heard before, but for the detector's state."""

@final
class FrontEnd:
    """The ears of all calls of a slot, once a tick. Releases the GIL; one thread at a time."""

    def __init__(self, batch: int) -> None:
        """``batch``: rows of one run of the detector, 1 to 1024."""
    def tick(
        self,
        ears: list[CallerEar],
        pcm: list[bytes] | list[NDArray[np.int16]],
        lost: list[int],
        echoed: list[bool],
    ) -> None:
        """What the lines brought in a tick.

        For each call its ear (each once), (T,) int16, samples lost just before (at most 3 s), and
        whether it is our own voice coming back.

        Where half of a window is our own voice the detector gets noise as loud, and its answer
        counts as 0. Windows wait for 3 s at most; older ones count as silence. ValueError and
        TypeError: nothing was taken in. No memory is asked for, once there were as many calls.
        """
    @property
    def rows(self) -> int:
        """Windows that wait for the detector's answer, at most ``batch``; one a call."""
    @property
    def input(self) -> NDArray[np.float32]:
        """(rows, 288): the last 32 samples of the window before, then the window, at 8 kHz.

        A view, as ``state``: the next ``tick`` or ``answer`` overwrites it.
        """
    @property
    def state(self) -> NDArray[np.float32]:
        """(2, rows, 128): what the detector remembers of these calls."""
    def answer(
        self, probabilities: NDArray[np.float32], states: NDArray[np.float32]
    ) -> list[tuple[int, str, int]]:
        """The detector's answer: (rows,), and (2, rows, 128) for what it remembers now.

        Returns what changed: (place in the tick's list, ``started`` or ``stopped``, first voiced
        sample or just past the last). Then the next windows of calls that are behind wait, if any.
        ValueError where a value is no probability or no number: nothing has moved.
        """

def sample(
    logits: NDArray[np.float32],
    *,
    seed: int,
    step: int,
    calls: NDArray[np.int64] | None = None,
    history: NDArray[np.int32] | None = None,
    temperature: float,
    top_k: int,
    top_p: float,
    repetition_penalty: float,
) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """The next token of each row, (B,), and ln of its probability among what was kept, (B,).

    Order as in Hugging Face transformers: repetition penalty (CTRL), temperature, top-k, top-p.
    ``logits``: (B, V), up to 1e30 or -inf (never), V to 4,194,304. ``history``: (B, L), what was
    said before; negative numbers are none. ``temperature``: 0 (the most likely token, of equal ones
    the lowest; its ln is 0), or 1e-4 to 1e4. ``top_k``: 0 keeps all; equals of the k-th stay.
    ``top_p``: 1e-9 to 1 (all). ``repetition_penalty``: 0.01 to 100.

    A draw depends on its row, ``seed``, ``calls`` (B,) (the row's number where None) and ``step``
    alone, wherever it is made: Philox 4x32-10. Probabilities below e^-28 of the largest are 0.
    Releases the GIL.
    """

def sampling_probabilities(
    logits: NDArray[np.float32],
    *,
    history: NDArray[np.int32] | None = None,
    temperature: float,
    top_k: int,
    top_p: float,
    repetition_penalty: float,
) -> NDArray[np.float32]:
    """What ``sample`` draws from: (B, V), 0 for what is not kept. Releases the GIL."""

def softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """(B, V) to the same, within 5e-6 of each value. Releases the GIL."""

def length_penalty(length: int, alpha: float) -> float:
    """((5 + length) / 6)^alpha (GNMT): a hypothesis's ln is divided by it."""

@final
class Received:
    """What ``Line.receive`` did with one payload, in samples."""

    @property
    def accepted(self) -> int:
        """New samples taken in."""
    @property
    def concealed(self) -> int:
        """Invented for a gap of at most 60 ms."""
    @property
    def lost(self) -> int:
        """In a longer gap, at most 3 s."""
    @property
    def dropped(self) -> int:
        """Below ``caller_next``: repeats."""

@final
class Taken:
    """A stretch of the caller's audio without a hole in it."""

    @property
    def first_sample(self) -> int: ...
    @property
    def pcm(self) -> bytes:
        """(T,) int16; empty where nothing new has come."""
    @property
    def lost(self) -> int:
        """Samples missing just before ``first_sample``."""
    @property
    def echo(self) -> float:
        """Likelihood that all of it is our own voice, coming back: as ``EchoMeter.heard``."""

class Line:
    """One call's telephone line, both directions."""

    def __init__(self, codec: str, rate_hz: int, frame_ms: int) -> None:
        """``codec``: ``ulaw``, ``alaw`` (8000 Hz) or ``slin`` (8000, 16000, 24000 Hz).

        ``frame_ms``: of the caller's frames, 10 to 60. Ours are 20 ms.
        """
    # caller to us
    @property
    def caller_next(self) -> int:
        """Number of the next caller sample that is expected."""
    def receive(self, first_sample: int, payload: _Samples) -> Received:
        """Take in one of the caller's frames.

        ValueError ``frame_size`` where its length is not rate × frame_ms; IndexError
        ``bad_sequence`` for a jump of more than 3 s. The line is then unchanged.
        """
    def take(self) -> Taken:
        """What came since the last ``take``, up to the next hole that was too long to conceal.

        Nothing waits longer than 3 s: what nobody took by then counts as lost.
        """
    def keys(self) -> str:
        """Digits heard as tones (``Dtmf``) in what was taken since the last ``keys``."""
    def progress(self) -> list[str]:
        """As ``CallProgress.push``, in what was taken since the last ``progress``."""
    def recent(self) -> bytes:
        """The last 3 s of the caller, (T,) int16, lost samples as zeros."""
    @property
    def level_dbfs(self) -> float:
        """Root mean square of the last 20 ms of the caller against full scale, -96 for silence."""
    @property
    def peak_dbfs(self) -> float:
        """The loudest sample of the same."""
    @property
    def noise_dbfs(self) -> float:
        """Of what was taken, while nobody speaks: as ``NoiseFloor.dbfs``."""
    # us to caller
    @property
    def agent_next(self) -> int:
        """Number of the next agent sample."""
    @property
    def paused(self) -> bool:
        """More than 500 ms untaken."""
    def say(self, utterance: int, offset: int, pcm: _Samples, last: bool) -> int:
        """Queue more of an utterance, of which ``offset`` samples came before.

        Returns the samples queued: 0 where the utterance is over or a newer one has begun (which
        closes the one before it). ValueError for a hole or overlap, for more after ``last``, for
        more than 2 s in the queue, for more than 16 utterances.
        """
    def cut(self, utterance: int) -> bool:
        """End utterances up to this one; True where one was on the line or queued.

        What sounds fades out in 10 ms (this does not count as heard), the rest is dropped, and so
        is what ``say`` brings of them later.
        """
    def set_gain(self, gain_db: float, ramp_ms: float) -> None:
        """Go to ``gain_db`` (-96 to 12) in a straight line over ``ramp_ms``.

        It holds across utterances.
        """
    def set_comfort_noise(self, level_dbfs: float) -> None:
        """Noise of so much RMS, -96 (none) to 0, in frames where nothing is said."""
    def frame(self) -> bytes | None:
        """The next 20 ms, coded; silence where nothing is to be said.

        None while paused: no number is used up.
        """
    @property
    def silent(self) -> bool:
        """The last frame held no sample of an utterance."""
    @property
    def agent_dbfs(self) -> float:
        """Root mean square of the last frame, gain and coding included; -96 for silence."""
    @property
    def agent_peak_dbfs(self) -> float:
        """The loudest sample of the same."""
    def set_taken(self, agent_sample: int) -> None:
        """The client has taken what lies below. Never goes back, nor beyond ``agent_next``."""
    @property
    def untaken(self) -> int:
        """Agent samples sent and not yet taken."""
    @property
    def playing(self) -> tuple[int, int] | None:
        """(utterance, next offset to leave); None when none is queued or current."""
    @property
    def finished(self) -> int:
        """Highest utterance that was played to its end or cut, -1 before any."""
    @property
    def heard(self) -> tuple[int, int] | None:
        """(utterance, offset) up to which the client has taken; None before any."""
    def settle(self, first_dropped: int) -> tuple[int, int] | None:
        """The client dropped what it had from agent sample ``first_dropped`` on.

        Returns (utterance, samples heard) of the newest cut since the last settling, None where
        there was none. What was dropped no longer counts in ``heard``.
        """
    def queued_ms(self) -> float:
        """What waits to leave."""

class EchoMeter:
    """How likely what comes from the caller is our own voice. Measured at 8 kHz; part of ``Line``.

    The likelihood is 1 where our voice explains what came: its level lies ``below_db`` under the
    loudest 20 ms of ours that may still be on their way, or does so once the delayed copy of our
    voice that fits best is taken away. Else it is the share of power, below 1, that such copies
    take away, averaged over 120 ms. It is 0 where nothing of ours can be on its way.
    """

    def __init__(self, rate_hz: int, below_db: float = 20.0, longest_delay_ms: int = 400) -> None:
        """``rate_hz``: 8000, 16000, 24000; ``below_db``: 0 to 60; the delay: 0 to 2000."""
    def played(self, pcm: _Samples) -> None:
        """What went on the line, (T,) int16, after gain and coding; zeros where nothing did."""
    def heard(self, pcm: _Samples, untaken: int = 0) -> float:
        """What came since the last call, (T,) int16: the least likelihood of its 20 ms.

        ``untaken``: samples that the client has and has not played: the echo is later by them.
        """
    def forget_heard(self) -> None:
        """There is a hole in what came."""

class NoiseFloor:
    """How loud a line is while nobody speaks, by the least of its last 2 s; part of ``Line``."""

    def __init__(self, rate_hz: int) -> None:
        """``rate_hz``: 8000, 16000 or 24000."""
    def push(self, pcm: _Samples) -> None:
        """What came, (T,) int16, in pieces of any length."""
    @property
    def dbfs(self) -> float:
        """Against full scale; -96 before anything came."""

def level(pcm: _Samples) -> tuple[float, float]:
    """Root mean square and peak of (T,) int16 in dB of full scale; -96 for silence, for nothing."""

@final
class Resampler:
    """Streaming, between any two of 8000, 12000, 16000, 24000, 32000, 48000 Hz; linear phase.

    Ripple under 0.05 dB up to 0.85 of the lower rate's half, 80 dB and more from that half on;
    ``docs/resampling.md``. After n samples in, ⌈n × to / from⌉ are out: 20 ms in give exactly 20 ms
    out, any chunking the same bits. Before the first input lies silence. Equal rates: a copy.
    """

    def __init__(self, from_hz: int, to_hz: int) -> None: ...
    @overload
    def push(self, pcm: NDArray[np.int16]) -> NDArray[np.int16]: ...
    @overload
    def push(self, pcm: NDArray[np.float32]) -> NDArray[np.float32]:
        """(N,) int16 or finite float32 in -1..1 to (output_for(N),) of the same dtype.

        int16 is rounded to the nearest, halves to even, and saturates; floats are not limited.
        Releases the GIL from 4096 samples on; ValueError for another thread meanwhile.
        """
    def flush(self) -> NDArray[np.int16] | NDArray[np.float32]:
        """What the delay still holds, (delay_samples,) of the dtype of the last push.

        Silence follows, and the next push begins anew.
        """
    def reset(self) -> None:
        """Silence before the next push."""
    def output_for(self, samples: int) -> int:
        """What the next push of so many samples gives."""
    @property
    def delay_samples(self) -> int:
        """In samples out: 23 of the lower rate, or just above."""
    @property
    def delay_ms(self) -> float:
        """At most 2.917; 0 for equal rates."""

@overload
def resample(pcm: NDArray[np.int16], from_hz: int, to_hz: int) -> NDArray[np.int16]: ...
@overload
def resample(pcm: NDArray[np.float32], from_hz: int, to_hz: int) -> NDArray[np.float32]:
    """The whole of it as by ``Resampler``, the delay taken out: (N,) to (⌈N × to / from⌉,).

    Output j stands at input time j × from / to. Releases the GIL.
    """

def log_mel(
    audio: NDArray[np.float32], bands: int, padded: int | None = None
) -> NDArray[np.float32]:
    """Whisper's spectrogram of (T,) float32, -1..1, 16 kHz, T at most 480,000.

    Hann windows of 400 samples every 160, centred, edges reflected; Slaney mel bands; base-10
    logarithm floored at 8 below the loudest, then (x + 4) / 4. Source: openai/whisper, audio.py.

    Zeros follow up to ``padded`` samples (201 to 480,000; None: T). The result is (``bands``,
    ``padded`` // 160) float32, ``bands`` 80 or 128. faster-whisper's extractor pads by 160 unless
    told otherwise. Releases the GIL.
    """

@final
class LogMel:
    """The same as speech arrives: what is complete is computed in ``push``.

    The bits are those of ``log_mel``, however the audio was cut. ``push`` and ``spectrogram``
    release the GIL; the object is locked meanwhile.
    """

    def __init__(self, bands: int, most_samples: int) -> None:
        """``bands``: 80 or 128; ``most_samples``: 1 to 480,000 of one utterance."""
    def push(self, audio: NDArray[np.float32]) -> None:
        """(T,) float32, -1..1, 16 kHz. IndexError, and nothing taken, past ``most_samples``."""
    @property
    def samples(self) -> int:
        """Pushed since the last ``reset``."""
    def spectrogram(
        self, samples: int | None = None, padded: int | None = None
    ) -> NDArray[np.float32]:
        """As ``log_mel`` of the first ``samples`` (None: all) with zeros up to ``padded``.

        More may be pushed afterwards. IndexError where ``samples`` is more than was pushed, or more
        than 32,000 (2 s) less.
        """
    def reset(self) -> None:
        """Another utterance."""

@final
class Prosody:
    """Of one utterance. All is 0, and the level -96, where there is no voice in it."""

    @property
    def pitch_hz(self) -> float:
        """Median of the voiced frames."""
    @property
    def pitch_spread(self) -> float:
        """Half the range that holds the middle 68 % of the pitch, in semitones."""
    @property
    def level_dbfs(self) -> float:
        """RMS of the voiced frames."""
    @property
    def level_spread(self) -> float:
        """Standard deviation of the voiced frames' levels, in dB."""
    @property
    def rate_sps(self) -> float:
        """Syllables per second of speech, pauses of 300 ms and longer left out."""
    @property
    def voiced_ms(self) -> float: ...

class ProsodyMeter:
    """Prosody while an utterance is spoken, so that its end costs little.

    Pitch after P. Boersma (1993), syllables after N. H. de Jong and T. Wempe (2009), of the last
    6 s. Any pieces give the same bits. The object is locked while the GIL is released.
    """

    def __init__(self, rate_hz: int) -> None:
        """``rate_hz``: 8000 to 48000."""
    def push(self, pcm: _Samples) -> None:
        """(T,) int16 that follow. Releases the GIL for more than 4800 samples at once."""
    def measure(self) -> Prosody:
        """Of what was pushed so far; more may follow. Releases the GIL."""
    def contour(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Pitch in Hz (0: not voiced) and level in dBFS of each 40 ms, every 20 ms.

        Both (F,), of what was pushed so far. Releases the GIL.
        """
    def reset(self) -> None:
        """Begin the next utterance."""

def prosody(pcm: _Samples, rate_hz: int) -> Prosody:
    """Of a whole utterance: (T,) int16 at 8000 to 48000 Hz. Releases the GIL."""

def fbank(
    audio: NDArray[np.float32],
    *,
    rate_hz: int = 16000,
    bands: int = 80,
    window: str = "hamming",
    low_hz: float = 20.0,
    high_hz: float = 0.0,
    scale: float = 32768.0,
) -> NDArray[np.float32]:
    """Kaldi's log mel energies of (T,) float32, -1..1: (F, ``bands``) float32.

    25 ms every 10 ms where the frame is whole (snip_edges); mean removed, pre-emphasis 0.97, no
    dither, floor 2^-23, natural logarithm. The defaults are FunASR's (FSMN-VAD, Paraformer).
    Source: kaldi, feature-fbank.cc. Releases the GIL.

    Args:
        audio: samples; less than a frame gives (0, ``bands``).
        rate_hz: 8000 or 16000.
        bands: 1 to 128.
        window: ``hamming`` (FunASR) or ``povey`` (Kaldi's own default).
        low_hz: lower edge of the first band.
        high_hz: upper edge of the last one; 0 or less counts from half the rate.
        scale: of the samples: FunASR and Kaldi hear -32768..32767.
    """

@final
class Fbank:
    """The same, streaming: the bits are those of ``fbank``, however the audio was cut.

    ``push`` releases the GIL; the object is locked meanwhile.
    """

    def __init__(
        self,
        *,
        rate_hz: int = 16000,
        bands: int = 80,
        window: str = "hamming",
        low_hz: float = 20.0,
        high_hz: float = 0.0,
        scale: float = 32768.0,
    ) -> None: ...
    def push(self, audio: NDArray[np.float32]) -> NDArray[np.float32]:
        """(T,) float32 to the (F, bands) frames that it completes."""
    def flush(self) -> None:
        """The stream ends; what is short of a frame is dropped, and another may begin."""

@final
class Lfr:
    """Low frame rate: ``m`` frames side by side, every ``n`` (7, 6: Paraformer; 5, 1: FSMN-VAD).

    (m - 1) // 2 copies of the first frame stand in front, the last one is repeated behind; T
    frames give ceil(T / n) stacks. Source: FunASR, WavFrontend.apply_lfr.
    """

    def __init__(self, m: int, n: int, dimension: int) -> None:
        """``m``, ``n``: 1 to 64; ``dimension`` of a frame: 1 to 4096."""
    def push(self, frames: NDArray[np.float32]) -> NDArray[np.float32]:
        """(F, dimension) float32 to the (S, m * dimension) stacks that they complete."""
    def flush(self) -> NDArray[np.float32]:
        """The stream ends: the stacks that are left. Another may begin."""

@final
class Cmvn:
    """Fixed mean and variance: (x + ``shift``) * ``scale``, as Kaldi's AddShift and Rescale."""

    def __init__(self, shift: NDArray[np.float32], scale: NDArray[np.float32]) -> None:
        """Both (D,) float32, finite."""
    def apply(self, frames: NDArray[np.float32]) -> NDArray[np.float32]:
        """(F, D) float32 to the same shape. Releases the GIL."""

class Dtmf:
    """Keys heard as tones (ITU-T Q.23), within the limits of ITU-T Q.24 (``csrc/dtmf.h``).

    Streaming: any division of the audio gives the same keys.
    """

    def __init__(self, rate_hz: int) -> None:
        """``rate_hz``: 8000, 16000 or 24000."""
    def push(self, pcm: _Samples) -> list[tuple[str, int]]:
        """(N,) int16 that follow those before: (digit, number of samples until it was certain).

        A digit is certain 35 to 45 ms behind the tone's first sample.
        """
    def skip(self, samples: int) -> None:
        """So many samples that nobody has, at most 1,440,000: they count as silence."""

class CallProgress:
    """Call-progress tones of ITU-T E.180 and those of fax machines (``csrc/cadence.h``).

    Streaming: any division of the audio gives the same tones.
    """

    def __init__(self, rate_hz: int) -> None:
        """``rate_hz``: 8000, 16000 or 24000."""
    def push(self, pcm: _Samples) -> list[str]:
        """(N,) int16 that follow those before: what became certain in them.

        ``dial``, ``ringback``, ``busy``, ``congestion``, ``special``, ``fax_calling``,
        ``fax_answer``; of a tone that goes on again after 10 s.
        """
    def skip(self, samples: int) -> None:
        """So many samples that nobody has, at most 1,440,000: they count as silence."""

class Concealer:
    """Packet-loss concealment after ITU-T G.711 Appendix I, without delay (``csrc/conceal.h``)."""

    def __init__(self, rate_hz: int) -> None:
        """``rate_hz``: 8000, 16000 or 24000."""
    def received(self, pcm: _Samples) -> bytes:
        """(N,) int16 that came, as they are to be heard: behind a gap the beginning is blended."""
    def conceal(self, samples: int) -> bytes:
        """(samples,) int16 in place of so many, at most 60 ms, that did not come."""
    def forget(self) -> None:
        """Silence went by: a gap too long to be concealed."""
    @property
    def period(self) -> int:
        """Pitch period of the last gap in samples, 0 before any."""

class VoiceEdges:
    """Hysteresis over VAD probabilities: when voice starts and stops, counted in samples.

    Voice starts once windows ≥ ``on`` of together ``start_ms`` came without one < ``off`` between
    them, and stops after windows < ``off`` of together ``stop_ms`` on end.
    """

    def __init__(
        self, window: int, rate_hz: int, on: float, off: float, start_ms: int, stop_ms: int
    ) -> None:
        """``window``: samples of one probability at ``rate_hz``; 0 ≤ ``off`` ≤ ``on`` ≤ 1."""
    def push(self, probability: float) -> str:
        """The next window; ``started``, ``stopped`` or empty."""
    @property
    def voiced(self) -> bool: ...
    @property
    def voice_start(self) -> int:
        """First sample of the current or last voice, -1 before any."""
    @property
    def voice_end(self) -> int:
        """Just past its last voiced window, -1 before any."""
    @property
    def silence_samples(self) -> int:
        """Since the last voiced window; before any, all samples."""
    @property
    def voiced_samples(self) -> int:
        """Voiced since ``reset_utterance``."""
    def reset_utterance(self) -> None:
        """Count ``voiced_samples`` from 0."""
    def skip(self, samples: int) -> str:
        """Samples that the detector did not see count as silence; ``stopped`` or empty."""
