"""kefuctl voice: what people and scripts see of approving, listing, showing, revoking, moving."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from msgspec.structs import replace

from daemon.ctl import main, voice
from daemon.voices.files import read_record, write_record
from daemon.voices.places import VoicePlaces
from daemon.voices.records import Card, Consent, Enrolment, Refusal
from tests.daemon.voices.voice_box import box, consented, enrolled, made, rewritten

NAME = "wang-xiaoming"


def kefuctl(*arguments: object, capfd: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    code = main.main(["voice", *map(str, arguments)])
    out, err = capfd.readouterr()
    return code, out, err


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A voice that may be approved, made a moment ago."""
    now = datetime.now(timezone.utc)
    enrolled(box(tmp_path), NAME, now=now)
    made(tmp_path, consented(tmp_path, NAME, now=now), now=now)
    return tmp_path


@pytest.mark.parametrize("verb", [one.name for one in voice.app.registered_commands])
def test_every_verb_has_help_with_examples(verb: str, capfd: pytest.CaptureFixture[str]) -> None:
    code, out, _ = kefuctl(verb, "--help", capfd=capfd)
    assert code == 0
    assert f"kefuctl voice {verb}" in out


def test_samples_are_listed_with_what_is_heard_in_them(
    state: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    places = VoicePlaces(state, NAME)
    enrolment = read_record(places.enrolment, Enrolment)
    (sample,) = enrolment.samples
    quiet = Refusal(code="too_quiet", reason="quiet", mend="louder")
    refused = replace(sample, source="b.wav", sha256="1" * 64, refusals=(quiet,))
    again = replace(sample, source="c.wav", refusals=(quiet,))  # the same, and usable meanwhile
    more = (replace(sample, heard="您好[/x]"), refused, again)
    write_record(places.enrolment, replace(enrolment, samples=more))
    summary = kefuctl("show", NAME, "--state", state, capfd=capfd)[1]
    assert "b.wav" in summary
    assert "c.wav" not in summary
    code, out, _ = kefuctl("show", NAME, "--samples", "--state", state, capfd=capfd)
    assert code == 0
    assert "您好[/x]" in out
    assert "too_quiet" in out


def test_what_came_from_another_box_is_shown_as_it_is(
    state: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    places = VoicePlaces(state, NAME)
    card = read_record(places.card, Card)
    write_record(places.card, replace(card, made_at="[/x]\x1b[2J", start_voice="[red]"))
    consent = read_record(places.consent, Consent)
    write_record(places.consent, replace(consent, call="[/y]\x1b", given_at="[/z]"))
    code, out, _ = kefuctl("show", NAME, "--state", state, capfd=capfd)
    assert code == 0
    assert all(text in out for text in ("[/x]", "[red]", "[/y]"))
    assert "\x1b" not in out


def test_from_approval_to_revocation(state: Path, capfd: pytest.CaptureFixture[str]) -> None:
    at = ("--state", state)
    code, out, _ = kefuctl("list", "--json", *at, capfd=capfd)
    assert code == 0
    assert [(one["name"], one["stage"]) for one in json.loads(out)] == [(NAME, "made")]
    code, _, err = kefuctl("approve", NAME, "--by", "Chen Li", *at, capfd=capfd)
    assert code == 0
    assert "Chen Li" in err
    code, out, _ = kefuctl("list", *at, capfd=capfd)
    assert "approved" in out
    assert "王小明" in out
    code, out, _ = kefuctl("show", NAME, *at, capfd=capfd)
    assert code == 0
    assert "接听客户来电" in out
    code, out, _ = kefuctl("show", NAME, "--json", *at, capfd=capfd)
    shown = json.loads(out)
    assert shown["overview"]["stage"] == "approved"
    assert shown["consent"]["embedding"] == []
    assert [one["event"] for one in shown["history"]] == ["consent", "made", "approved"]
    code, _, err = kefuctl("revoke", NAME, "--by", "Wang", "--reason", "leaves", *at, capfd=capfd)
    assert code == 0
    code, out, _ = kefuctl("show", NAME, *at, capfd=capfd)
    assert "leaves" in out
    code, out, _ = kefuctl("list", *at, capfd=capfd)
    assert "no personal voices" in out


def test_the_nightly_sweep(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    given = datetime.now(timezone.utc) - timedelta(days=366)
    enrolled(box(tmp_path), NAME, now=given)
    consented(tmp_path, NAME, now=given)
    code, out, err = kefuctl("sweep", "--state", tmp_path, capfd=capfd)
    assert (code, out) == (0, "")
    assert f"{NAME}: its consent has run out" in err
    assert "王小明" not in err  # the journal keeps it longer than the box keeps the voice
    assert not (tmp_path / "voices" / NAME).exists()
    assert kefuctl("sweep", "--state", tmp_path, capfd=capfd) == (0, "", "")
    (tmp_path / "voices" / "ledger.jsonl").write_text("no ledger\n")
    code, _, err = kefuctl("sweep", "--state", tmp_path, capfd=capfd)
    assert code
    assert "ledger_damaged" in err


def test_to_another_box(
    state: Path, tmp_path_factory: pytest.TempPathFactory, capfd: pytest.CaptureFixture[str]
) -> None:
    other = box(tmp_path_factory.mktemp("other"))
    archive, key = state / "voice.tar", state / "box.pub"
    assert kefuctl("export", NAME, "-o", archive, "--state", state, capfd=capfd)[0] == 0
    assert archive.stat().st_mode & 0o777 == 0o600
    _, pem, _ = kefuctl("key", "--state", state, capfd=capfd)
    key.write_text(pem)
    arguments = ("import", archive, "--trust", key, "--state", other, "--json")
    code, out, _ = kefuctl(*arguments, capfd=capfd)
    assert code == 0
    assert json.loads(out)["who"] == "王小明"
    assert kefuctl("approve", NAME, "--by", "Li", "--state", other, capfd=capfd)[0] == 0


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("show", "nobody"), 7, "no_such_voice"),
        (("show", "../x"), 7, "bad_voice_name"),
        (("revoke", "nobody", "--by", "x"), 7, "no_such_voice"),
        (("approve", "nobody", "--by", "x"), 7, "no_such_voice"),
        (("approve", NAME, "--by", " "), 2, "bad_terms"),
        (("approve", NAME), 2, "--by"),
        (("export", "nobody", "-o", "x.tar"), 7, "no_such_voice"),
        (("export", NAME, "-o", "/no/such/folder/x.tar"), 5, "cannot_write"),
        (("import", "none.tar", "--trust", "none.pub"), 7, "archive_refused"),
        (("consent", NAME, "--who", "王小明"), 2, "bad_terms"),
        (("consent", NAME, "--who", "🙂", "--show"), 2, "bad_terms"),
        (("consent", NAME, "--who", "王小明", "--audio", "none.wav"), 5, "bad_audio_file"),
        (("consent", "nobody", "--who", "王小明", "--audio", "none.wav"), 7, "no_such_voice"),
    ],
)
def test_what_is_refused_says_why(
    state: Path,
    arguments: tuple[str, ...],
    code: int,
    says: str,
    capfd: pytest.CaptureFixture[str],
) -> None:
    got, _, err = kefuctl(*arguments, "--state", state, capfd=capfd)
    assert got == code
    assert says in err


def test_the_sentence_is_shown_before_anything_is_there(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = kefuctl(
        "consent", NAME, "--who", "王小明", "--show", "--state", tmp_path, capfd=capfd
    )
    assert code == 0
    assert out.startswith("我是王小明。我同意")
    assert list(tmp_path.iterdir()) == []


def test_a_voice_that_did_not_pass(state: Path, capfd: pytest.CaptureFixture[str]) -> None:
    refusal = Refusal(code="unlike", reason="unlike the person", mend="Record more.")
    rewritten(state / "voices" / NAME / "card.json", Card, refusals=(refusal,))
    code, _, err = kefuctl("approve", NAME, "--by", "Chen Li", "--state", state, capfd=capfd)
    assert code == 7
    assert "unlike the person" in err
    _, out, _ = kefuctl("list", "--json", "--state", state, capfd=capfd)
    assert json.loads(out)[0]["stage"] == "refused"


def test_nobody_takes_nothing_back(state: Path, capfd: pytest.CaptureFixture[str]) -> None:
    code, _, err = kefuctl("revoke", NAME, "--by", " ", "--state", state, capfd=capfd)
    assert (code, "--by" in err) == (2, True)
    assert (state / "voices" / NAME / "voice.bin").exists()


@pytest.mark.parametrize(("language", "wanted"), [("zh", "（姓名）"), ("en", "(your name)")])
def test_the_sentence_is_shown_before_anybody_is_named(
    language: str, wanted: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    at = ("--show", "--language", language, "--state", tmp_path)
    code, out, _ = kefuctl("consent", "new", *at, capfd=capfd)
    assert code == 0
    assert wanted in out


@pytest.mark.parametrize("verb", ["test", "listen-test"])
def test_what_is_enrolled_and_not_made_is_told_from_what_is_not_there(
    verb: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    enrolled(box(tmp_path), NAME)
    at = ("-o", tmp_path / "out.wav", "--state", tmp_path)
    code, _, err = kefuctl(verb, NAME, *at, capfd=capfd)
    assert (code, "not_made" in err, f"voice fit {NAME}" in err) == (7, True, True)
    code, _, err = kefuctl(verb, "ghost", *at, capfd=capfd)
    assert (code, "no_such_voice" in err) == (7, True)


def test_a_fit_in_the_background_asks_for_consent_first(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    enrolled(box(tmp_path), NAME)
    code, _, err = kefuctl("fit", NAME, "--background", "--state", tmp_path, capfd=capfd)
    assert (code, "no_consent" in err) == (7, True)
