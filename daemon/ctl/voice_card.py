"""A voice's card as a table for people."""

from __future__ import annotations

from rich.table import Table

from daemon.ctl.output import shown
from daemon.voices.records import Card, Judged


def card_table(card: Card) -> Table:
    """What was measured of a voice that was made."""
    table = Table(title=f"voice {shown(card.name)}", show_header=False, title_justify="left")
    table.add_column("what", style="bold")
    table.add_column("figure")
    rate = "CER" if card.language == "zh" else "WER"
    rows = (
        ("made", shown(card.made_at)),
        ("from", f"{card.seconds:.0f} s of {card.samples} samples, {card.band_hz / 1000:.0f} kHz"),
        ("started from", shown(card.start_voice)),
        ("likeness, independent judge", _judged(card.independent)),
        ("likeness, optimised judge", _judged(card.optimised)),
        (
            f"{rate} heard back",
            f"{card.error_rate:.3f}, stock {card.stock_error_rate:.3f}, {card.sentences} sentences",
        ),
        ("pitch", f"{card.voice_pitch_hz:.0f} Hz, the person {card.pitch_hz:.0f} Hz"),
        ("guard", f"{card.guard_failures} failures"),
        ("made in", f"{card.seconds_to_make:.0f} s, {card.peak_mib:.0f} MiB"),
        ("SHA-256", shown(card.voice_sha256[:16])),
    )
    for what, figure in rows:
        table.add_row(what, figure)
    for one in card.refusals:
        table.add_row("[red]does not pass[/red]", f"{shown(one.reason)} {shown(one.mend)}")
    if not card.refusals:
        table.add_row("gate", "[green]passes[/green]: to be approved after listening")
    return table


def _judged(judge: Judged) -> str:
    first = "the person first" if judge.first else "[red]somebody else nearer[/red]"
    way = f"{judge.share_of_the_way:.0%} of the way"
    if judge.ceiling <= judge.nearest_stock:
        way = "no way to go, a stock voice is as near as the person"
    return (
        f"{way}: {judge.nearest_stock:.2f} "
        f"({shown(judge.nearest_stock_voice)}) → {judge.fitted:.2f} of {judge.ceiling:.2f}; {first}"
    )
