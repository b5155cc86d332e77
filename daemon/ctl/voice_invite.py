"""``kefuctl voice invite``: ask a colleague to record the voice by telephone."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Annotated, Final, Literal

import msgspec
import typer

from daemon.ctl import places
from daemon.ctl.output import people, print_json, results
from daemon.ctl.owner import become_owner
from daemon.voices.invitation import invite as make_invitation

_DAYS: Final = 7


class Invited(msgspec.Struct, frozen=True, kw_only=True):
    """What ``--json`` prints."""

    voice: str
    who: str
    language: str
    code: str
    """Six digits; nothing shows them again."""
    expires_at: str


def invite(
    name: Annotated[str, typer.Argument(help="Of the voice: a-z, 0-9 and -.")],
    who: Annotated[str, typer.Option(help="Name of the person, as the person says it.")],
    purpose: Annotated[
        str,
        typer.Option(
            help="What the voice is for, as it stands in the consent: 接听客户来电, or "
            '"answering customers\' calls".'
        ),
    ],
    company: Annotated[
        str, typer.Option(help="Who may use it, as it stands in the consent; else: the company.")
    ] = "",
    language: Annotated[Literal["zh", "en"], typer.Option(help="Of the sentences.")] = "zh",
    days: Annotated[int, typer.Option(help="How long the code holds, 1 to 90.")] = _DAYS,
    state: places.State = places.STATE,
    json: places.Json = False,
) -> None:
    """Invite a colleague to record a voice by telephone.

    It prints a code of six digits, once: the colleague keys it in when calling the extension that
    the PBX opens with the scenario voice_enrolment. The code serves for as many calls as it takes
    until it expires; a new invitation for the same voice ends the one before.

    Examples:
        kefuctl voice invite wang-li --who 王丽 --purpose 接听客户来电

        kefuctl voice invite jane --who "Jane Doe" --purpose "answering calls" --language en
    """
    become_owner(state / "voices")
    code, made = make_invitation(
        state,
        name,
        who=who,
        purpose=purpose,
        company=company,
        language=language,
        days=days,
        now=datetime.now(timezone.utc),
    )
    invited = Invited(
        voice=made.voice,
        who=made.who,
        language=made.language,
        code=code,
        expires_at=made.expires_at,
    )
    if json:
        print_json(invited)
        return
    results.print(
        f"Code {code} for {made.who}, until {made.expires_at}; sentences in {made.language}.",
        markup=False,
    )
    people.print(
        "It is shown here only. The call is enrolled with "
        f"`kefuctl voice enroll {made.voice} --call CALL`.",
        markup=False,
        soft_wrap=True,
    )
