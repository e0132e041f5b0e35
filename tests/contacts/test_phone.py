"""Telephone numbers: what is read, what is left alone, and what a call costs."""

from __future__ import annotations

import datetime
import tomllib
from pathlib import Path
from typing import Any

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.contacts import digit_run, identifier, phone
from detector.contacts.context import Context, Taken
from detector.contacts.number_words import ANY_LANGUAGE, READINGS, Item, spell, split_glued
from detector.fold import fold
from detector.types import Found

HERE = Path(__file__).parent
CASES = tomllib.loads((HERE / "cases_phone.toml").read_text(encoding="utf-8"))["case"]
CONTACTS = Path(phone.__file__).parent
TARIFFS = tomllib.loads((CONTACTS / "tariffs.toml").read_text(encoding="utf-8"))


def _find(text: str, language: str | None = None, region: str | None = None) -> list[Found]:
    """Return the numbers of a text as the chain of finders sees them."""
    folded = fold(text)
    context = Context((region,) if region else (), language)
    taken = Taken()
    for claim in identifier.find(folded, context, taken):
        taken.claim(claim.start, claim.end)
    return list(phone.find(folded, context, taken))


def _one(text: str, language: str | None = None, region: str | None = None) -> Found:
    (found,) = _find(text, language, region)
    return found


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["text"][:50])
def test_case_table(case: dict[str, Any]) -> None:
    folded = fold(case["text"])
    found = _find(case["text"], case["language"], case.get("region"))
    expected = [(e["kind"], e["value"], e.get("region"), e["text"]) for e in case["expect"]]
    spans = [folded.span(one.start, one.end) for one in found]
    assert expected == [
        (one.kind, one.value, one.region, folded.raw[start:end])
        for one, (start, end) in zip(found, spans, strict=True)
    ]
    if found:
        digits = sum(c in "0123456789" for c in folded.text)
        hits = sum(literal in folded.text for literal in phone.LITERALS)
        assert hits >= phone.FEWEST_LITERALS or phone.is_awake(folded.text, digits)


@pytest.mark.parametrize("language", "en ru pl uk es pt fr de it nl tr ar zh ko ja".split())
def test_every_language_has_hits_and_near_misses(language: str) -> None:
    rows = [case for case in CASES if case["language"] == language]
    assert {True, False} == {bool(case["expect"]) for case in rows}


def test_near_misses_outnumber_hits() -> None:
    hits = sum(bool(case["expect"]) for case in CASES)
    assert hits < len(CASES) - hits
