"""Scenario files that attack: each ends in a ScenarioError, quickly, and the next file is read."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.dialog.playbook import parse_sentences
from engines.dialog.scenario_file import parse_scenario
from engines.errors import ScenarioError

ATTACKS = {
    "empty": b"",
    "only a comment": b"# nothing\n",
    "null": b"~",
    "scalar": b"hello",
    "list": b"- a\n- b\n",
    "nul bytes": b"scenario: a\x00b\n",
    "binary": bytes(range(256)),
    "utf-16": "scenario: a".encode("utf-16"),
    "latin-1": "scenario: é".encode("latin-1"),
    "too large": b"# " + b"x" * 300_000,
    "deep lists": b"[" * 5_000,
    "deep tables": b"{a: " * 5_000,
    "deep indentation": b"".join(b" " * n + b"a:\n" for n in range(400)),
    "wide": b"scenario: [" + b"a," * 60_000 + b"a]",
    "billion laughs": b"a: &a [x,x,x,x]\nb: &b [*a,*a,*a,*a]\nc: [*b,*b,*b,*b]\n",
    "merge key": b"a: {b: c}\n<<: {d: e}\n",
    "python object": b"!!python/object/apply:os.system ['true']",
    "tag directive": b"%TAG ! tag:example.com,2000:\n---\n!x a\n",
    "yaml 9": b"%YAML 9.9\n---\nscenario: a\n",
    "complex key": b"? [a, b]\n: c\n",
    "unfinished": b'scenario: "abc',
    "control characters": b"scenario: a\x07\n",
    "surrogates": b"scenario: \xed\xa0\x80\n",
    "bidi": "scenario: \u202eabc\n".encode(),
    "very long key": b"? " + b"k" * 2000 + b"\n: v\n",
    "half an escape": b'scenario: "\\u12"\n',
}


@pytest.mark.parametrize("name", ATTACKS)
def test_attack(name: str) -> None:
    for parse in (parse_scenario, parse_sentences):
        with pytest.raises(ScenarioError) as caught:
            parse(ATTACKS[name], "attack.yaml")
        assert caught.value.source == "attack.yaml"
        assert len(str(caught.value)) < 2_000


PIECES = st.sampled_from(
    [
        "scenario",
        "slots",
        "steps",
        "ask",
        "zh",
        "en",
        "- ",
        ": ",
        "\n",
        "  ",
        "[",
        "]",
        "{",
        "}",
        "&a ",
        "*a",
        "!x ",
        "'",
        '"',
        "|",
        ">",
        "#",
        "%",
        "---",
        "...",
        "\t",
        "? ",
        "<<",
        "{x}",
        "\u2028",
    ]
)


@settings(max_examples=150, deadline=None)
@given(
    st.one_of(
        st.binary(max_size=200), st.lists(PIECES, max_size=40).map(lambda p: "".join(p).encode())
    )
)
def test_no_text_is_worse_than_an_error(text: bytes) -> None:
    with pytest.raises(ScenarioError):
        parse_scenario(text, "attack.yaml")
