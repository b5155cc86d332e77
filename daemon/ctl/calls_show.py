"""``kefuctl calls show``: a call turn by turn, with every decision in it."""

from __future__ import annotations

import msgspec

from daemon.ctl import places
from daemon.ctl.calls_options import CallId, local, records_with_calls
from daemon.ctl.output import print_json, results, shown
from daemon.ctl.timeline import draw
from daemon.records import ratings
from daemon.records.ratings import Rating
from daemon.records.reader import show as read_call
from daemon.records.wait import wait_ms
from kefu.records import CallSummary, Turn


class CallRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What ``show --json`` prints."""

    call: CallSummary
    turns: tuple[Turn, ...]
    ratings: tuple[Rating, ...]
    """Of the voice, by supervisors; the caller's own stands in his turn."""


def show(
    call: CallId,
    state: places.State = places.STATE,
    json: places.Json = False,
) -> None:
    """Show a call: what was said, heard, decided and answered, and when.

    Examples:
        kefuctl calls show 3f2a

        kefuctl calls show 3f2a --json
    """
    records = records_with_calls(state)
    summary, turns = read_call(records, call.lower())
    rated = ratings.of_call(records, summary.call)
    if json:
        print_json(CallRecord(call=summary, turns=tuple(turns), ratings=tuple(rated)))
        return
    results.print(
        f"[bold]Call {summary.call}[/bold]  {shown(summary.caller or 'unknown caller')} → "
        f"{shown(summary.called or '–')}  {local(summary.opened_at)}  "
        f"release {shown(summary.release)}"
    )
    for turn in turns:
        results.print()
        for line in describe(turn):
            results.print(line, soft_wrap=True)
        for line in draw(turn):
            results.print(f"  {line}", markup=False, style="dim", soft_wrap=True)
    results.print(
        f"\n{summary.turns} turns, {summary.duration_ms / 1000:.1f} s, "
        f"ended: {summary.cause or 'not yet'} {shown(summary.outcome)}".rstrip()
    )
    if summary.transfer_reason:
        result = shown(summary.transfer_result) or "no answer yet"
        results.print(f"a human was asked for: {shown(summary.transfer_reason)}; {result}")
    for one in rated:
        voice = shown(one.voice) or "unknown"
        results.print(
            f"the voice ({voice}) was rated {one.score} of 5 by {shown(one.rated_by)}, "
            f"{local(one.rated_at)}"
        )
    if summary.recording:
        results.print(f"recorded: kefuctl calls play {summary.call[:12]}")


def describe(turn: Turn) -> list[str]:
    """A turn in words, as rich markup: heard, understood, decided, said."""
    wait = wait_ms(turn.ledger)
    head = f"[bold]Turn {turn.number}[/bold]  {turn.language}  {shown(turn.step)}"
    if wait is not None:
        head += f"  the caller waited [bold]{wait:.0f} ms[/bold]"
    lines = [head.rstrip()]
    if turn.keys:
        lines.append(f"  keys    {shown(turn.keys)}")
    if turn.heard or turn.dropped:
        dropped = f" [yellow](dropped: {shown(turn.dropped)})[/yellow]" if turn.dropped else ""
        lines.append(f"  heard   {shown(turn.heard)} {turn.heard_confidence:.2f}{dropped}")
    if turn.intent:
        lines.append(f"  intent  {turn.intent} {turn.intent_confidence:.2f}")
    lines += [
        f"  entity  {shown(entity.type)} {shown(entity.text)} → {shown(entity.value)}"
        for entity in turn.entities
    ]
    if turn.emotion:
        lines.append(f"  emotion {turn.emotion} {turn.emotion_confidence:.2f}")
    if turn.action:
        lines.append(f"  action  {turn.action}")
    if turn.voice:
        troubles = f" [yellow]({shown(', '.join(turn.voice_troubles))})[/yellow]"
        lines.append(f"  voice   {shown(turn.voice)}{troubles if turn.voice_troubles else ''}")
    if turn.voice_score:
        lines.append(f"  rated   the voice {turn.voice_score} of 5")
    lines += [f"  because {shown(reason)}" for reason in turn.reasons]
    if turn.business:
        lines.append(f"  business {shown(turn.business)}")
    if turn.reply:
        lines.append(f"  said    {shown(turn.reply)}")
    if turn.reply_cut:
        lines.append(f"  [yellow]cut after[/yellow] {shown(turn.reply_heard)}")
    return lines
