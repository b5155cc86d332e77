"""Scores of voices: who gave them, of which voice, and when they go."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from daemon.errors import NoSuchCall
from daemon.records import purge, ratings
from daemon.records.migrations import NEWEST, lost, migrate, version_of
from daemon.records.ratings import Given
from daemon.records.retention import Retention
from daemon.records.store import connect, save, timestamp
from daemon.settings import RecordingSettings, RecordsSettings
from daemon.voices.score import Score, of, scores
from daemon.voices.settings import PersonalVoiceSettings
from kefu.records import CallSummary, Turn

NOW = datetime(2026, 11, 28, 12, 0, tzinfo=timezone.utc)


def written(path: Path, call: str, voices: list[str], score: int = 0, age_days: int = 0) -> Path:
    """A call whose turns these voices spoke; the last one holds the caller's score."""
    with closing(connect(path)) as database:
        opened = timestamp(NOW - timedelta(days=age_days))
        save(database, CallSummary(call=call, opened_at=opened, cause="normal"))
        for number, voice in enumerate(voices):
            last = number == len(voices) - 1
            save(
                database,
                Turn(call=call, number=number, voice=voice, voice_score=score if last else 0),
            )
    return path


@pytest.fixture
def records(tmp_path: Path) -> Path:
    path = tmp_path / "records.sqlite"
    written(path, "aa" * 16, ["anna", "anna", "anna, zf_xiaoxiao", "zf_xiaoxiao"], score=4)
    written(path, "bb" * 16, ["zf_xiaoxiao"], score=2)
    return written(path, "cc" * 16, ["", ""], score=5)


def test_a_score_is_of_the_voice_that_spoke_most(records: Path) -> None:
    rated = ratings.rate(records, "aa", 3, "chen")
    assert (rated.call, rated.voice, rated.score, rated.rated_by) == ("aa" * 16, "anna", 3, "chen")
    assert ratings.of_call(records, "aa" * 16) == [rated]
    found = sorted(ratings.given(records), key=lambda one: (one.source, one.voice))
    assert found == [
        Given(voice="anna", score=3, source="rating"),
        Given(voice="anna", score=4, source="survey"),
        Given(voice="zf_xiaoxiao", score=2, source="survey"),
    ]


def test_who_rates_again_replaces_his_own_rating_only(records: Path) -> None:
    for score, by in ((1, "chen"), (5, "li"), (4, "chen")):
        ratings.rate(records, "aa", score, by)
    found = ratings.of_call(records, "aa" * 16)
    assert {(one.rated_by, one.score) for one in found} == {("chen", 4), ("li", 5)}


def test_a_call_that_is_not_there_is_not_rated(records: Path) -> None:
    with pytest.raises(NoSuchCall):
        ratings.rate(records, "dd", 3, "chen")


def test_the_database_itself_refuses_other_scores(records: Path) -> None:
    with closing(connect(records)) as database, pytest.raises(sqlite3.IntegrityError):
        database.execute("INSERT INTO ratings VALUES ('aa', 'chen', 'anna', 6, '')")


def test_ratings_go_with_their_call(records: Path, tmp_path: Path) -> None:
    ratings.rate(records, "aa", 3, "chen")
    list(purge.purge(records, purge.of_call(records, "aa"), tmp_path))
    assert ratings.of_call(records, "aa" * 16) == []


def test_ratings_of_old_calls_go_with_them(records: Path, tmp_path: Path) -> None:
    written(records, "ee" * 16, ["anna"], age_days=500)
    for call in ("ee", "aa"):
        ratings.rate(records, call, 3, "chen")
    retention = Retention(RecordsSettings(), RecordingSettings(), tmp_path, wall=lambda: NOW)
    with closing(connect(records)) as database:
        for _ in range(20):
            retention.work(database)
    assert ratings.of_call(records, "ee" * 16) == []
    assert len(ratings.of_call(records, "aa" * 16)) == 1


def test_going_back_says_what_is_lost(records: Path) -> None:
    ratings.rate(records, "aa", 3, "chen")
    with closing(connect(records)) as database:
        assert version_of(database) == NEWEST
        assert ("ratings by supervisors", 1) in lost(database, 2)
        migrate(database, 2)
        migrate(database)
    # What callers said stands in their turns, and is found again.
    assert {one.source for one in ratings.given(records)} == {"survey"}


def test_a_turn_that_cannot_be_read_costs_nothing_but_itself(records: Path) -> None:
    with closing(connect(records)) as database:
        database.execute("UPDATE turns SET turn = '{' WHERE call = ?", ("bb" * 16,))
    assert {one.voice for one in ratings.given(records)} == {"anna"}


def several(voice: str, values: list[int]) -> list[Given]:
    return [Given(voice=voice, score=one, source="survey") for one in values]


def test_a_voice_is_offered_for_fitting_again_when_ten_scores_are_low() -> None:
    settings = PersonalVoiceSettings()
    low = of(several("anna", [3] * 9))["anna"]
    assert not low.to_fit_again(settings)
    assert of(several("anna", [3] * 10))["anna"].to_fit_again(settings)
    assert not of(several("anna", [4, 3] * 5))["anna"].to_fit_again(settings)
    assert of(several("anna", [4] * 4 + [3] * 6))["anna"].to_fit_again(settings)


def test_the_interval_is_of_the_mean_and_stays_on_the_scale() -> None:
    found = of(several("anna", [5] * 20) + several("li-na", [1, 5] * 8) + several("wu", [2]))
    assert list(found) == ["anna", "li-na", "wu"]
    anna, other, one = found.values()
    assert (anna.mean, anna.high) == (5.0, 5.0)
    assert 4.8 < anna.low < 5.0
    assert (other.mean, other.low, other.high) == (3.0, 1.99, 4.01)
    assert (one.low, one.high) == (1.0, 5.0)


def test_no_records_no_scores(tmp_path: Path) -> None:
    assert scores(tmp_path / "records.sqlite") == {}


def test_scores_read_what_was_recorded(records: Path) -> None:
    ratings.rate(records, "aa", 3, "chen")
    assert scores(records)["anna"] == Score(
        voice="anna", mean=3.5, low=2.52, high=4.48, n=2, surveys=1, ratings=1
    )
