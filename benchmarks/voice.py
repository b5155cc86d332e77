"""Personal voices: how near they come to the person, by a judge that nothing was fitted to.

For each test speaker a voice is made as on a box (``models.tts.make_voice``) and judged on clips
that it never saw, with the INT8 network that speaks to callers. Compared in the same run: the
nearest of 54 stock voices, the person's other clips (the ceiling), and everybody else who is known.

    python -m benchmarks.voice                     all test speakers, the curve, verification
    python -m benchmarks.voice --speakers S0150 Allison
    python -m benchmarks.voice --parts speakers    the others stay as they were measured last
    python -m benchmarks.voice --done              report what is done in the work folder
    python -m benchmarks.voice --quick             no fit: what stock voices and ceilings are

A speaker takes some five minutes of one core. What is done is kept in the work folder, so that a
run which was cut off goes on; two runs with other ``--speakers`` may share it.
"""

from __future__ import annotations

import argparse
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np

from benchmarks.hardware import hardware
from benchmarks.results import FOLDER, save
from benchmarks.voice_run import NotDone, Places, fingerprint, of_speech, run_speaker, slug
from benchmarks.voice_speakers import (
    BY_TELEPHONE,
    Speaker,
    development_speakers,
    first_seconds,
    test_speakers,
    write_clips,
)
from benchmarks.voice_understood import how_understood
from benchmarks.voice_verification import embed, print_verification, verify
from daemon.voices.training import training_weights
from kefu.errors import KefuError
from models.tts.stock_voices import stock_voices

CURVE_S: Final = (5.0, 10.0, 15.0, 30.0)
CURVE_SPEAKERS: Final = ("S0150", "Allison")
_PARTS: Final = ("speakers", "curve", "verification")
_PICTURE: Final = "![Cosines by speaker, and the curve](../benchmarks/results/voice.png)"
_NOT_YET: Final = "Speakers are not measured yet: `python -m benchmarks.voice`."
_JUDGES: Final = ("ecapa", "ge2e")
_QUICK_SPEAKERS: Final = 2
_KNOWN_BY_S: Final = 20.0
"""Of a person whom a voice is compared with."""
Makers = dict[str, Callable[[], Speaker]]
People = dict[str, dict[str, list[float]]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, print the tables, write the JSON and the picture."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="no fit, within 50 s")
    parser.add_argument("--speakers", nargs="*", default=[], help="only these")
    parser.add_argument("--parts", nargs="*", choices=_PARTS, default=_PARTS, help="only these")
    parser.add_argument("--done", action="store_true", help="make nothing that is not made yet")
    parser.add_argument("--state", type=Path, default=Path("var"), help="state folder with weights")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="the data sets")
    parser.add_argument("--work", type=Path, help="else STATE/benchmarks/voice")
    parser.add_argument("--json", type=Path, help="where to write the figures")
    options = parser.parse_args(arguments)
    places = Places(
        weights=training_weights(options.state).resolve(),
        release=(options.state / "releases" / "lite" / "files").resolve(),
        work=(options.work or options.state / "benchmarks" / "voice").resolve(),
    )
    makers = test_speakers(options.data)
    unknown = [name for name in options.speakers if name not in makers]
    if unknown:
        parser.error(f"no speaker {unknown[0]!r}; there are {', '.join(makers)}")
    if options.quick:
        print_quick(list(makers.values())[:_QUICK_SPEAKERS], places)
        return 0
    everybody = makers | development_speakers(options.data)
    chosen = {name: makers[name] for name in options.speakers or makers}
    figures = _before(options.json or FOLDER / "voice.json")
    figures["test_speakers"] = list(makers)
    figures["development_speakers"] = sorted(development_speakers(options.data))
    if "verification" in options.parts and not options.done:
        figures["verification"] = verify(options.data, places.work, places.weights)
    bench = Bench(places, known_people(everybody, places), only_done=options.done)
    figures |= bench.measure(chosen, options.parts)
    print_tables(figures)
    where = save("voice", figures, options.json)
    if figures.get("speakers"):
        plot(figures, where.with_suffix(".png"))
    return 0


class Bench:
    """Makes and judges voices in one work folder.

    Args:
        places: of weights and work.
        people: embeddings of everybody, by name and judge.
        only_done: leave out what is not made yet.
    """

    def __init__(self, places: Places, people: People, *, only_done: bool) -> None:
        self._places = places
        self._people = people
        self._only_done = only_done
        self._failed: list[str] = []

    def measure(self, chosen: Makers, parts: Sequence[str]) -> dict[str, Any]:
        """The parts that were asked for; a speaker that fails is named and left out."""
        figures: dict[str, Any] = {"fitted_by": fingerprint("make_voice")[:12]}
        if "speakers" in parts:
            rows = [row for make in chosen.values() for row in self._rows(make())]
            figures |= {"speakers": rows} | summary(rows)
        if "curve" in parts:
            names = [name for name in CURVE_SPEAKERS if name in chosen]
            figures["curve"] = [row for name in names for row in self._curve(chosen[name]())]
        return figures | {"failed": self._failed}

    def _curve(self, whole: Speaker) -> list[dict[str, Any]]:
        rows, before = [], 0
        for seconds in CURVE_S:
            references = of_speech(whole.references, seconds)
            if len(references) in (before, len(whole.references)):
                continue  # a long recording is the next step of the curve too
            before = len(references)
            less = msgspec.structs.replace(whole, references=references)
            rows += self._rows(less, f"-{seconds:.0f}s")
        return rows + self._rows(whole)

    def _rows(self, speaker: Speaker, note: str = "") -> list[dict[str, Any]]:
        """The speaker's row, or none."""
        known = self._places.work / "known" / slug(speaker.name)
        known.mkdir(parents=True, exist_ok=True)
        plain = speaker.name.removesuffix(BY_TELEPHONE)
        for name, vectors in self._people.items():
            if name.removesuffix(BY_TELEPHONE) != plain:
                folder = known / slug(name)
                folder.mkdir(exist_ok=True)
                (folder / "embeddings.json").write_bytes(msgspec.json.encode(vectors))
        began = time.strftime("%H:%M:%S")
        try:
            row = run_speaker(speaker, self._places, known, note, only_done=self._only_done)
            if not note:  # the curve asks for the likeness alone
                voice = self._places.work / slug(speaker.name) / "voice.bin"
                row |= how_understood(
                    voice, self._places, speaker.language, only_done=self._only_done
                )
        except (subprocess.CalledProcessError, KefuError) as error:
            self._failed.append(f"{speaker.name}{note}: {error}")
            return []
        except NotDone:
            print(f"{speaker.name}{note}: not made by this code yet, left out", flush=True)
            return []
        print(
            f"{began} {speaker.name}{note}: {100 * row['share_of_the_way']:.0f} % of the way"
            f" (optimised {100 * row['share_of_the_way_optimised']:.0f} %), first {row['first']},"
            f" {row['making_cpu_s']:.0f} s",
            flush=True,
        )
        return [row]


def summary(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Median and lowest share of the way, its interval over speakers, and how often all held."""
    shares = np.array([row["share_of_the_way"] for row in rows])
    if not shares.size:
        return {}
    random = np.random.default_rng(7)
    medians = np.median(random.choice(shares, (5_000, shares.size)), axis=1)
    low, high = np.quantile(medians, [0.025, 0.975])
    return {
        "share_of_the_way_median": round(float(np.median(shares)), 3),
        "share_of_the_way_median_low95": round(float(low), 3),
        "share_of_the_way_median_high95": round(float(high), 3),
        "share_of_the_way_lowest": round(float(shares.min()), 3),
        "share_from_picked_median": round(
            float(np.median([row["share_from_picked"] for row in rows])), 3
        ),
        "share_from_picked_lowest": round(min(row["share_from_picked"] for row in rows), 3),
        "first": sum(row["first"] for row in rows),
        "cer_change_highest": round(max(row["cer_change"] for row in rows), 4),
        "rtf_to_stock_median": round(float(np.median([row["rtf_to_stock"] for row in rows])), 3),
        "making_cpu_s_highest": max(row["making_cpu_s"] for row in rows),
        "peak_mib_highest": max(row["peak_mib"] for row in rows),
    }


def known_people(everybody: Makers, places: Places) -> People:
    """Each person as both judges hear the references; made once for a work folder and judges."""
    path = places.work / f"people-{fingerprint('embed_clips')[:12]}.json"
    if path.exists():
        kept: People = msgspec.json.decode(path.read_bytes())
        if set(kept) == set(everybody):
            return kept
    files: dict[str, list[Path]] = {}
    for name, make in everybody.items():
        clips = first_seconds(make().references, _KNOWN_BY_S)
        files[name] = write_clips(clips, places.work / "people" / slug(name), "")
    found: People = {name: {} for name in files}
    for judge in _JUDGES:
        vectors = embed([one for some in files.values() for one in some], places.weights, judge)
        for name, some in files.items():
            mean, vectors = vectors[: len(some)].mean(axis=0), vectors[len(some) :]
            found[name][judge] = [float(value) for value in mean / np.linalg.norm(mean)]
    path.write_bytes(msgspec.json.encode(found))
    return found


def _before(path: Path) -> dict[str, Any]:
    """What was measured last, for the parts that are not measured now."""
    if not path.exists():
        return {}
    found: dict[str, Any] = msgspec.json.decode(path.read_bytes())
    return {name: value for name, value in found.items() if name not in ("benchmark", "hardware")}


def print_quick(makers: Sequence[Callable[[], Speaker]], places: Places) -> None:
    """Nearest stock voice and ceiling of a few speakers, by both judges; no voice is made."""
    for make in makers:
        speaker = make()
        stock = stock_voices(places.weights, places.release, speaker.language, speaker.band_hz)
        folder = places.work / "quick" / slug(speaker.name)
        sides = [
            write_clips(clips[:6], folder, prefix)
            for clips, prefix in ((speaker.references, "r"), (speaker.held_out, "h"))
        ]
        for judge in _JUDGES:
            means = [embed(side, places.weights, judge).mean(axis=0) for side in sides]
            person, again = (mean / np.linalg.norm(mean) for mean in means)
            nearest = float((stock.embeddings[judge] @ again).max())
            print(f"{speaker.name:<16}{judge:<8}stock {nearest:.3f}  ceiling {person @ again:.3f}")


def print_tables(figures: dict[str, Any]) -> None:
    """For people."""
    print(f"\n{hardware().line()}\n")
    if figures.get("speakers"):
        print(_rows(figures))
    if figures.get("curve"):
        print(_curve(figures["curve"]))
    if figures.get("verification"):
        print_verification(figures["verification"])


def voice_table(figures: dict[str, Any]) -> str:
    """The report as Markdown: speakers, curve, verification."""
    parts = [_PICTURE, _rows(figures)] if figures.get("speakers") else [_NOT_YET]
    if figures.get("curve"):
        parts.append(_curve(figures["curve"]))
        if _of_an_earlier_recipe(figures):
            parts.append("The curve is of an earlier recipe than the table above it.")
    if figures.get("verification"):
        parts.append(_verification(figures["verification"]))
    return "\n\n".join(parts)


def _rows(figures: dict[str, Any]) -> str:
    lines = [
        "| speaker | band | nearest stock | picked stock | fitted | person | others "
        "| share of the way | from the picked | optimised judge | first "
        "| error rate (stock; 95 % of the difference) "
        "| RTF to stock | made in | peak |",
        "| --- " * 15 + "|",
    ]
    for row in figures["speakers"]:
        judged = row["independent"]
        lines.append(
            f"| {row['name']} ({row['language']}) | {row['band_hz'] / 1000:.0f} kHz "
            f"| {judged['nearest_stock']:.3f} | {row['picked_stock']:.3f} "
            f"| {judged['fitted']:.3f} | {judged['ceiling']:.3f} "
            f"| {judged['others']:.3f} | {100 * judged['share_of_the_way']:.0f} % "
            f"| {100 * row['share_from_picked']:.0f} % "
            f"| {100 * row['share_of_the_way_optimised']:.0f} % "
            f"| {'yes' if row['first'] else 'no'} "
            f"| {100 * row['error_rate']:.1f} % ({100 * row['stock_error_rate']:.1f}; "
            f"{100 * row['cer_change_low95']:+.1f} to {100 * row['cer_change_high95']:+.1f}) "
            f"| {row['rtf_to_stock']:.2f} | {row['making_cpu_s']:.0f} s "
            f"| {row['peak_mib'] / 1024:.2f} GiB |"
        )
    if "share_of_the_way_median" in figures:
        lines.append(
            f"\nMedian share of the way {_percent(figures, 'share_of_the_way_median')} "
            f"(95 % over speakers: {_percent(figures, 'share_of_the_way_median_low95')} to "
            f"{_percent(figures, 'share_of_the_way_median_high95')}), lowest "
            f"{_percent(figures, 'share_of_the_way_lowest')}; from the picked stock voice "
            f"{_percent(figures, 'share_from_picked_median')}; the right person first for "
            f"{figures['first']} of {len(figures['speakers'])}. Measured: "
            f"{len(figures['speakers'])} of {len(figures['test_speakers'])} test speakers."
        )
    return "\n".join(lines)


def _curve(rows: Sequence[dict[str, Any]]) -> str:
    lines = ["| speaker | seconds of speech | share of the way | first |", "| --- " * 4 + "|"]
    lines += [
        f"| {row['name']} | {row['reference_seconds']:.0f} "
        f"| {100 * row['share_of_the_way']:.0f} % | {'yes' if row['first'] else 'no'} |"
        for row in sorted(
            {(row["name"], row["reference_seconds"]): row for row in rows}.values(),
            key=lambda one: (one["name"], one["reference_seconds"]),
        )
    ]
    return "\n".join(lines)


def _of_an_earlier_recipe(figures: dict[str, Any]) -> bool:
    """Whether a speaker's longest point of the curve was fitted by other code than their row."""
    rows = {row["name"]: row for row in figures.get("speakers", ())}
    longest: dict[str, dict[str, Any]] = {}
    for row in figures["curve"]:
        before = longest.get(row["name"], row)
        longest[row["name"]] = max(before, row, key=lambda one: one["reference_seconds"])
    return any(
        name in rows and row["fitted_by"] != rows[name]["fitted_by"]
        for name, row in longest.items()
    )


def _verification(found: dict[str, Any]) -> str:
    lines = [
        "| least likeness | false accepts | false refusals | pairs of speakers confused |",
        "| --- " * 4 + "|",
    ]
    for row in found["test"]:
        chosen = " (chosen)" if row["threshold"] == found["threshold"] else ""
        shares = []
        for name in ("false_accepts", "false_refusals"):
            one = row[name]
            value, low, high = (100 * one[key] for key in ("value", "low", "high"))
            shares.append(f"{value:.2f} % ({low:.2f} to {high:.2f}, n = {one['n']})")
        lines.append(
            f"| {row['threshold']:.2f}{chosen} | {shares[0]} | {shares[1]} "
            f"| {row['pairs_confused']} of {row['pairs']} |"
        )
    counts, threshold = found["speakers"], found["threshold"]
    passed = _of(found["development"], threshold, "false_accepts")
    refused = _of(found["single_words"], threshold, "false_refusals")
    lines += [
        "",
        f"{counts['test']} speakers and {found['one_clip_only']} more with one clip; chosen on "
        f"{counts['development']} others, who say the same words in the same studio: of them "
        f"{passed:.1f} % pass. Own clips: lowest {found['own_lowest']:.2f}, median "
        f"{found['own_median']:.2f}; other people's: highest {found['others_highest']:.2f}, median "
        f"{found['others_median']:.2f}. A wide-band enrolment against the same person's telephone "
        f"clips: lowest {found['own_across_bands_lowest']:.2f}, median "
        f"{found['own_across_bands_median']:.2f}, so both are compared as a telephone carries "
        f"them. Of single digits, joined, {refused:.0f} % would be refused.",
    ]
    return "\n".join(lines)


def _of(rows: Sequence[dict[str, Any]], threshold: float, name: str) -> float:
    return next(100 * float(row[name]["value"]) for row in rows if row["threshold"] == threshold)


def _percent(figures: dict[str, Any], name: str) -> str:
    return f"{100 * figures[name]:.0f} %"


def plot(figures: dict[str, Any], path: Path) -> None:
    """Cosines by speaker, and the curve over seconds of reference."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, (left, right) = pyplot.subplots(
        1, 2, figsize=(9.6, 4.4), gridspec_kw={"width_ratios": [2, 1]}
    )
    rows = figures["speakers"][::-1]
    for place, row in enumerate(rows):
        judged = row["independent"]
        left.plot([judged["nearest_stock"], judged["ceiling"]], [place, place], color="0.8", lw=4)
    for key, marker, label in (
        ("nearest_stock", "s", "nearest of 54 stock voices"),
        ("fitted", "o", "fitted voice"),
        ("ceiling", "|", "the person's other recordings"),
        ("others", "x", "fitted voice to the nearest other person"),
    ):
        values = [row["independent"][key] for row in rows]
        left.plot(values, range(len(rows)), marker, label=label, ms=9 if marker == "|" else 6)
    left.set_yticks(range(len(rows)), [row["name"] for row in rows])
    left.set_xlabel("cosine to the person, GE2E (never optimised)")
    left.legend(fontsize=7, loc="lower center", bbox_to_anchor=(0.4, 1.0), ncol=2)
    for name in CURVE_SPEAKERS:
        points = [row for row in figures.get("curve", []) if row["name"] == name]
        points.sort(key=lambda row: float(row["reference_seconds"]))
        if points:
            right.plot(
                [row["reference_seconds"] for row in points],
                [100 * row["share_of_the_way"] for row in points],
                marker="o",
                label=name,
            )
            right.legend(fontsize=8)
    right.axhline(35, color="grey", lw=0.8, ls="--")
    right.set_xlabel("seconds of speech to fit to")
    right.set_ylabel("share of the way, %")
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    pyplot.close(figure)


if __name__ == "__main__":
    raise SystemExit(main())
