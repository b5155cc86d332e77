"""No secret of settings and texts leaves the box in a support bundle."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.ctl.bundle_log import masked_log
from daemon.ctl.bundle_secrets import masked_document, without_secrets


@pytest.mark.parametrize(
    "text",
    [
        "password=hunter2",
        "PASSWORD: hunter2",
        'db_password = "hunter2 x"',
        "api-key 'hunter2'",
        "--auth-token hunter2",
        "postgres://kefu:hunter2@db/shop",
        "postgres://kefu:/hunter2@db/shop",
        '{"private_key":"hunter2"}',
        '{"token": "a\\"hunter2"}',
        "password is hunter2",
        "the password for bob was hunter2",
        "Authorization: Bearer hunter2",
        "Authorization: Basic hunter2",
        "{'Authorization': 'Bearer hunter2', 'x': 1}",
        "got Bearer hunter2",
        "Cookie: a=1; session=hunter2",
        'tokens = ["a", "hunter2"]',
        'password = "a hunter2',
        "pass=hunter2",
        "密码是hunter2",
    ],
)
def test_secrets_are_hidden(text: str) -> None:
    assert "hunter2" in text
    assert "hunter2" not in without_secrets(text)
    assert "hunter2" not in masked_log(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("opened token=x call=y", "opened token=*** call=y"),
        ("the bypass is open", "the bypass is open"),
        ("password", "password"),
        ("", ""),
    ],
)
def test_the_rest_stays(text: str, shown: str) -> None:
    assert without_secrets(text) == shown


@given(st.text(st.characters(exclude_characters="*"), min_size=1), st.sampled_from(["=", ": "]))
def test_any_quoted_secret_is_hidden(secret: str, between: str) -> None:
    quoted = repr(secret)
    assert without_secrets(f"password{between}{quoted}") == f"password{between}***"


def test_secrets_of_settings_are_hidden_at_any_depth() -> None:
    document = {
        "business": {"database": "shop.sqlite", "Password": "hunter2", "tokens": ["hunter2"]},
        "doors": [{"secret": {"of": "hunter2"}}, "http://me:hunter2@host/"],
        "gateway": {"max_calls": 4, "real_time": True},
    }
    masked = masked_document(document)
    assert "hunter2" not in str(masked)
    assert masked["gateway"] == document["gateway"]
    assert masked["business"]["database"] == "shop.sqlite"
