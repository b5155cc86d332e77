"""``kefuctl voice show``: one voice with its consent, card, approval and history."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Annotated

import typer
from rich.table import Table

from daemon.ctl import places
from daemon.ctl.output import print_json, results, shown
from daemon.ctl.voice_card import card_table
from daemon.settings import load_settings
from daemon.voices.overview import Detail, detail
from daemon.voices.records import Enrolment
from daemon.voices.score import offer, scores_where_readable


def show(
    name: Annotated[str, typer.Argument(help="Of the voice, also of one that is gone.")],
    samples: Annotated[
        bool, typer.Option("--samples", help="Each recording: what it is, and what is heard in it.")
    ] = False,
    state: places.State = places.STATE,
    config: places.Config = None,
    json: places.Json = False,
) -> None:
    """Show what is written about a voice.

    Examples:
        kefuctl voice show wang-xiaoming

        kefuctl voice show wang-xiaoming --samples

        kefuctl voice show wang-xiaoming --json | jq .card.independent
    """
    found = detail(state, name, datetime.now(timezone.utc))
    if json:
        print_json(found)
        return
    results.print(_summary(found))
    if samples and found.enrolment:
        results.print(_samples(found.enrolment))
    if found.card:
        results.print(card_table(found.card))
    score = scores_where_readable(places.records(state)).get(name)
    if score is not None:
        told = f"score {score.mean:.2f} of 5 ({score.low:.2f} to {score.high:.2f}), n = {score.n}"
        if score.to_fit_again(load_settings(config).personal_voices):
            told += f": {offer(name)}"
        results.print(told, soft_wrap=True)
    results.print(_history(found))


def _summary(found: Detail) -> Table:
    table = Table(show_header=False, title=f"voice {found.overview.name}", title_justify="left")
    table.add_column("what", style="bold")
    table.add_column("figure")
    one, consent, approval = found.overview, found.consent, found.approval
    table.add_row("stage", " · ".join(part for part in (one.stage, one.why_not) if part))
    table.add_row("samples", f"{one.samples} usable, {one.seconds:.0f} s, {one.language}")
    samples = found.enrolment.samples if found.enrolment else ()
    good = {sample.sha256 for sample in samples if not sample.refusals}
    for sample in samples:
        for refusal in sample.refusals if sample.sha256 not in good else ():
            told = f"{refusal.code}: {refusal.reason}. {refusal.mend}"
            table.add_row(f"  {shown(sample.source)}", shown(told))
    if consent:
        table.add_row(
            "consent",
            f"{shown(consent.who)}, {shown(consent.given_at)} to {shown(consent.expires_at)}",
        )
        table.add_row("  for", shown(consent.purpose))
        table.add_row("  in", shown(", ".join(consent.scope) or "every scenario"))
        table.add_row("  heard", shown(consent.heard))
        table.add_row(
            "  likeness", f"{consent.likeness:.2f}, {consent.channel} {shown(consent.call[:12])}"
        )
    if approval:
        table.add_row("approved", f"{shown(approval.by)}, {shown(approval.at)}")
    table.add_row("releases", ", ".join(one.releases) or "none")
    return table


def _samples(enrolment: Enrolment) -> Table:
    table = Table(box=None, pad_edge=False, title="samples", title_justify="left")
    for heading in ("file", "from", "seconds", "quality", "heard", "refused"):
        right = heading in ("seconds", "quality")
        table.add_column(heading, justify="right" if right else "left", no_wrap=right)
    for one in enrolment.samples:
        table.add_row(
            shown(one.file),
            shown(one.source),
            f"{one.seconds:.1f}",
            f"{one.quality:.2f}",
            shown(one.heard),
            ", ".join(shown(refusal.code) for refusal in one.refusals),
        )
    return table


def _history(found: Detail) -> Table:
    table = Table(box=None, pad_edge=False, title="history", title_justify="left")
    for heading in ("at", "what", "by", "why"):
        table.add_column(heading)
    for one in found.history:
        table.add_row(one.at, one.event, shown(one.by), shown(one.reason))
    return table
