"""E-mail addresses: what is read, what is left alone, whose they are."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.contacts import email
from detector.contacts.context import Context, Taken
from detector.fold import fold
from detector.marketplace import Marketplace
from detector.types import Found

MARKET = Marketplace.load("aliexpress")
HERE = Path(__file__).parent
CASES = tomllib.loads((HERE / "cases_email.toml").read_text(encoding="utf-8"))["case"]


def _find(text: str, language: str | None = None) -> list[Found]:
    return list(email.find(fold(text), Context((), language, MARKET), Taken()))


def _one(text: str) -> Found:
    (found,) = _find(text)
    return found


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["text"][:50])
def test_case_table(case: dict[str, Any]) -> None:
    folded = fold(case["text"])
    context = Context((), case["language"], MARKET)
    found = list(email.find(folded, context, Taken()))
    expected = [(e["kind"], e["value"], e["text"]) for e in case["expect"]]
    spans = [folded.span(one.start, one.end) for one in found]
    assert expected == [
        (one.kind, one.value, folded.raw[start:end])
        for one, (start, end) in zip(found, spans, strict=True)
    ]
    if found:
        assert any(literal in folded.text for literal in email.LITERALS)


@pytest.mark.parametrize("language", "en ru pl uk es pt fr de it nl tr ar zh ko ja".split())
def test_every_language_has_hits_and_near_misses(language: str) -> None:
    rows = [case for case in CASES if case["language"] == language]
    assert {True, False} == {bool(case["expect"]) for case in rows}


def test_near_misses_outnumber_hits() -> None:
    hits = sum(bool(case["expect"]) for case in CASES)
    assert hits < len(CASES) - hits


@pytest.mark.parametrize(
    ("text", "status", "traits"),
    [
        ("service@aliexpress.com", "unofficial", {"brand-email"}),
        ("x@pl.aliexpress.com", "unofficial", {"brand-email"}),
        ("no-reply@notice.aliexpress.com", "unofficial", {"brand-email", "transport-email"}),
        (
            "DATAPROTECTION.ae@AliExpress.com",
            "unofficial",
            {"brand-email", "brand-mailbox"},
        ),
        ("help@aliexpress-help.com", "lookalike", {"lookalike-email"}),
        ("help@aliexprеss.com", "lookalike", {"lookalike-email"}),
        ("help@aliexpress.сom", "lookalike", {"lookalike-email"}),
        ("x@shop.example", "unofficial", {"foreign-email"}),
        ("x@gmail.com", "unofficial", {"foreign-email", "freemail"}),
        (
            "aliexpress.support@gmail.com",
            "unofficial",
            {"foreign-email", "freemail", "brand-in-local"},
        ),
    ],
)
def test_status_and_traits(text: str, status: str, traits: set[str]) -> None:
    found = _one(text)
    assert (status, traits) == (found.status, set(found.traits))


def test_a_listed_mailbox_may_be_official() -> None:
    market = Marketplace.load("bazarro", HERE.parent / "marketplaces")
    (found,) = email.find(fold("help@bazarro.example"), Context((), None, market), Taken())
    assert "official" == found.status


def test_disguised_address_is_read_aloud_and_plain_one_is_not() -> None:
    assert "read-as" in {note.id for note in _one("name at gmail dot com").notes}
    assert "read-as" not in {note.id for note in _one("Name@Gmail.com").notes}


def test_taken_places_are_skipped() -> None:
    folded = fold("see name@evil.top okay")
    taken = Taken([(4, 17)])
    assert [] == list(email.find(folded, Context((), None, MARKET), taken))


def test_without_a_marketplace_nothing_is_official() -> None:
    (found,) = email.find(fold("x@aliexpress.com"), Context(), Taken())
    assert "unknown" == found.status


def test_every_note_has_a_sentence() -> None:
    texts = [case["text"] for case in CASES]
    used = {note.id for text in texts for found in _find(text) for note in found.notes}
    assert used <= set(email.NOTES)


@given(st.text(alphabet="ab.@-[]() comt点собк\n", max_size=200))
def test_any_text_is_read_without_error_inside_its_bounds(text: str) -> None:
    folded = fold(text)
    for found in email.find(folded, Context((), None, MARKET), Taken()):
        assert 0 <= found.start < found.end <= len(folded.text)
        assert found.value.rpartition("@")[2].isascii()
        assert any(literal in folded.text for literal in email.LITERALS)


@pytest.mark.parametrize(
    "piece", ["a@", "a @ ", "a.", "a . ", "a at ", "(at)", "@", "собака ", "a@b.", " dot "]
)
def test_long_repetitions_stay_fast(piece: str) -> None:
    # A quadratic pattern needs minutes for this; no clock, the suite would hang.
    _find(piece * (20_000 // len(piece)))
