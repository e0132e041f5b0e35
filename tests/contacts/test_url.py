"""Links: what is read, what is left alone, and what a host is to the marketplace."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.contacts import url
from detector.contacts.context import Context, Taken
from detector.fold import fold
from detector.marketplace import Marketplace
from detector.types import Found

MARKET = Marketplace.load("aliexpress")
HERE = Path(__file__).parent
CASES = tomllib.loads((HERE / "cases_url.toml").read_text(encoding="utf-8"))["case"]


def _find(text: str, language: str | None = None) -> list[Found]:
    return list(url.find(fold(text), Context((), language, MARKET), Taken()))


def _one(text: str) -> Found:
    (found,) = _find(text)
    return found


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["text"][:50])
def test_case_table(case: dict[str, Any]) -> None:
    folded = fold(case["text"])
    context = Context((), case["language"], MARKET)
    found = list(url.find(folded, context, Taken()))
    expected = [(e["kind"], e["value"], e["text"]) for e in case["expect"]]
    spans = [folded.span(one.start, one.end) for one in found]
    assert expected == [
        (one.kind, one.value, folded.raw[start:end])
        for one, (start, end) in zip(found, spans, strict=True)
    ]
    if found:
        assert any(literal in folded.text for literal in url.LITERALS)


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
        ("https://aliexpress.com/", "official", {"official-domain"}),
        ("https://customerservice.aliexpress.com/", "official", {"official-domain"}),
        ("tmall.ru", "official", {"official-domain"}),
        ("https://a.aliexpress.com/_mNx", "official", {"official-domain", "affiliate-link"}),
        ("s.click.aliexpress.com/e/_D", "official", {"official-domain", "affiliate-link"}),
        ("https://www.alibaba.com/x", "unknown", {"group-domain"}),
        ("https://aliexpress-refund.com", "lookalike", {"lookalike-domain"}),
        ("https://xn--aliexprss-m0h.com", "lookalike", {"lookalike-domain", "punycode-host"}),
        ("aliexpress.сom", "lookalike", {"lookalike-domain"}),
        ("https://bit.ly/x", "unknown", {"short-link"}),
        ("http://203.0.113.7/x", "unknown", {"ip-host", "foreign-link"}),
        ("https://aliexpress.com@evil.top/", "unknown", {"userinfo-trick", "foreign-link"}),
        ("https://a@aliexpress-x.top/", "lookalike", {"userinfo-trick", "lookalike-domain"}),
        ("https://evil.top/aliexpress.com", "unknown", {"brand-in-path", "foreign-link"}),
        ("https://taobao.com", "unknown", {"foreign-link"}),
        ("instagram.com", "unknown", {"foreign-link"}),
    ],
)
def test_status_and_traits(text: str, status: str, traits: set[str]) -> None:
    found = _one(text)
    assert (status, traits) == (found.status, set(found.traits))


def test_link_text_that_names_another_host_is_marked() -> None:
    _, target = _find("[aliexpress.com](https://evil.top/x)")
    assert "link-text-mismatch" in target.traits


def test_disguised_link_is_read_aloud_and_plain_one_is_not() -> None:
    assert "read-as" in {note.id for note in _one("evilshop[.]com").notes}
    assert "read-as" not in {note.id for note in _one("https://EvilShop.com/a").notes}


@pytest.mark.parametrize("text", ["https://t.me/x", "wa.me/15550100", "https://paypal.me/x"])
def test_deep_links_are_left_to_their_finders(text: str) -> None:
    assert [] == _find(text)


def test_taken_places_are_skipped() -> None:
    folded = fold("see https://evil.top/x now")
    taken = Taken([(4, 22)])
    assert [] == list(url.find(folded, Context((), None, MARKET), taken))


def test_without_a_marketplace_nothing_is_official() -> None:
    (found,) = url.find(fold("https://aliexpress.com"), Context(), Taken())
    assert "unknown" == found.status


def test_every_note_has_a_sentence() -> None:
    texts = [case["text"] for case in CASES]
    used = {note.id for text in texts for found in _find(text) for note in found.notes}
    assert used <= set(url.NOTES)


@given(st.text(alphabet="ab./:@-[]() com·点%ру\n", max_size=200))
def test_any_text_is_read_without_error_inside_its_bounds(text: str) -> None:
    folded = fold(text)
    for found in url.find(folded, Context((), None, MARKET), Taken()):
        assert 0 <= found.start < found.end <= len(folded.text)
        assert found.value.isascii()
        assert any(literal in folded.text for literal in url.LITERALS)


@pytest.mark.parametrize(
    "piece", ["a.", "a . ", "a[.]", "http://", "a-", "a ", "a dot ", "(", "点", "www."]
)
def test_long_repetitions_stay_fast(piece: str) -> None:
    # A quadratic pattern needs minutes for this; no clock, the suite would hang.
    _find(piece * (20_000 // len(piece)))
