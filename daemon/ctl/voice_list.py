"""``kefuctl voice list``: every voice, what there is of it, and whether it may speak."""

from __future__ import annotations

from datetime import datetime, timezone

from rich.table import Table

from daemon.ctl import places
from daemon.ctl.output import people, print_json, results, shown
from daemon.ctl.voice_sweep import tell
from daemon.settings import load_settings
from daemon.voices.overview import Overview, overviews
from daemon.voices.revoke import sweep_expired
from daemon.voices.score import offer, scores_where_readable
from kefu.errors import KefuError


def listing(
    state: places.State = places.STATE,
    config: places.Config = None,
    json: places.Json = False,
) -> None:
    """List the voices. Those whose consent has run out are removed.

    Examples:
        kefuctl voice list

        kefuctl voice list --json | jq -r '.[] | select(.stage == "approved").name'
    """
    now = datetime.now(timezone.utc)
    try:
        gone = sweep_expired(state, now)
    except (OSError, KefuError) as reason:  # not ours to write, or damaged: they are shown as such
        people.print(f"Voices that have run out are not removed: {reason}", soft_wrap=True)
        gone = ()
    tell(gone)
    found = overviews(state, now)
    if json:
        print_json(found)
        return
    results.print(_table(found) if found else "There are no personal voices.")
    scored = scores_where_readable(places.records(state))
    settings = load_settings(config).personal_voices
    for voice in found:
        score = scored.get(voice.name)
        if score is not None and score.to_fit_again(settings):
            told = f"{voice.name}: {score.mean:.2f} of 5 by {score.n} scores, {offer(voice.name)}"
            results.print(told, soft_wrap=True)


def _table(found: list[Overview]) -> Table:
    table = Table(box=None, pad_edge=False, collapse_padding=True)
    for heading in ("voice", "who", "", "stage", "samples", "way", "consent until", "approved by"):
        right = heading in ("samples", "way")
        table.add_column(heading, justify="right" if right else "left", no_wrap=right)
    for one in found:
        way = one.share_of_the_way
        table.add_row(
            one.name,
            shown(one.who),
            one.language,
            " ".join(part for part in (one.stage, shown(one.making), shown(one.why_not)) if part),
            f"{one.samples}, {one.seconds:.0f} s",
            "" if way is None else f"{way:.0%}",
            one.expires_at[:10],
            shown(one.approved_by),
        )
    return table
