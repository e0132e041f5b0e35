"""Handles: names, numbers and links that lead into a messenger, and what only looks like one."""

from __future__ import annotations

import tomllib
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.contacts import handle
from detector.contacts.context import Context, Taken
from detector.contacts.deep_links import HANDLE_HOSTS
from detector.fold import Folded, Vocabulary, fold
from detector.types import Found

CASES = tomllib.loads(Path(__file__).with_name("cases_handle.toml").read_text("utf-8"))["case"]
VOCABULARY = Vocabulary(handle.MESSENGER_WORDS)

LANGUAGES = {
    "en", "ru", "pl", "uk", "es", "pt", "fr", "de", "it", "nl", "tr", "ar", "zh", "ko", "ja",
}  # fmt: skip


def found_in(text: str, language: str | None = None, region: str | None = None) -> list[Found]:
    regions = (region,) if region else ()
    return list(handle.find(fold(text, VOCABULARY), Context(regions, language), Taken()))


def shown(folded: Folded, found: Found) -> str:
    start, end = folded.span(found.start, found.end)
    return folded.raw[start:end]


def note(found: Found, name: str) -> str | None:
    return next((dict(n.values)["value"] for n in found.notes if n.id == name), None)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["text"][:40])
def test_case(case: dict[str, Any]) -> None:
    folded = fold(case["text"], VOCABULARY)
    found = found_in(case["text"], case.get("language"), case.get("region"))
    expected = [(e["kind"], e["value"], e.get("region"), e["text"]) for e in case["expect"]]
    assert expected == [(f.kind, f.value, f.region, shown(folded, f)) for f in found]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("wpp 11 91234-5678", "whatsapp:+5511912345678"),
        ("chama no zap 11 91234-5678", "whatsapp:+5511912345678"),
        ("viber 067 200 30 40", "viber:+380672003040"),
        ("vatsap 0532 123 45 67", "whatsapp:+905321234567"),
        ("Whats App 0152 23125123", "whatsapp:+4915223125123"),
        ("watsapp 06 39 98 01 23", "whatsapp:+33639980123"),
        ("whatsapp 2026 11 23", None),
        ("whatsapp 120 345 600", None),
        ("viber 12 34 56 78", None),
        ("zap 11 2026", None),
    ],
)
def test_a_tied_number_of_no_known_country(text: str, value: str | None) -> None:
    assert [found.value for found in found_in(text)] == ([value] if value else [])


def test_cases_hold_more_near_misses_than_hits() -> None:
    hits = sum(bool(case["expect"]) for case in CASES)
    assert len(CASES) - hits > hits


def test_cases_cover_every_language() -> None:
    covered = {case["language"] for case in CASES if case["expect"]}
    assert covered == LANGUAGES


@pytest.mark.parametrize("case", [c for c in CASES if c["expect"]], ids=lambda c: c["text"][:40])
def test_every_hit_holds_a_literal(case: dict[str, Any]) -> None:
    text = fold(case["text"], VOCABULARY).text
    assert any(literal in text for literal in handle.LITERALS)


@pytest.mark.parametrize(
    ("text", "traits"),
    [
        ("Telegram @ali_refund_desk", {"messenger-handle"}),
        ("Instagram @ali_refund_desk", {"social-handle"}),
        ("t.me/+AbCdEfGh12345678", {"messenger-handle", "group-invite"}),
        ("discord.gg/AbCd123", {"social-handle", "group-invite"}),
        ("wa.me/48601234567", {"messenger-handle"}),
    ],
)
def test_traits(text: str, traits: set[str]) -> None:
    assert [traits] == [set(found.traits) for found in found_in(text)]


def test_status_is_unofficial() -> None:
    assert {"unofficial"} == {found.status for found in found_in("Telegram @ali_refund_desk")}


@pytest.mark.parametrize(
    ("text", "others"),
    [
        ("WhatsApp/Viber: +48 601 234 567", "viber"),
        ("+48 601 234 567 (WhatsApp, Viber, Telegram)", "viber, telegram"),
        ("WhatsApp: +48 601 234 567", None),
    ],
)
def test_a_number_on_several_messengers_is_one_handle(text: str, others: str | None) -> None:
    assert [others] == [note(found, "also-on") for found in found_in(text)]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("t . me / ali_refund_desk", "telegram:@ali_refund_desk"),
        ("wh4ts@pp: +48 601 234 567", "whatsapp:+48601234567"),
        ("Telegram: @аli_refund_desk", "telegram:@ali_refund_desk"),
        ("t.me/ali_refund_desk", None),
        ("WhatsApp: +48 601 234 567", None),
        ("Telegram: @ali_refund_desk", None),
    ],
)
def test_a_disguised_handle_says_how_it_was_read(text: str, value: str | None) -> None:
    assert [value] == [note(found, "read-as") for found in found_in(text)]


def test_every_note_has_a_sentence() -> None:
    texts = [case["text"] for case in CASES] + ["WhatsApp/Viber: +48 601 234 567"]
    assert {n.id for text in texts for f in found_in(text) for n in f.notes} <= set(handle.NOTES)


def test_taken_places_are_left_alone() -> None:
    folded = fold("write to anna.telegram@example.com or Telegram @ali_refund_desk")
    taken = Taken([(0, len(folded.text))])
    assert not list(handle.find(folded, Context(), taken))


@pytest.mark.parametrize("host", ["t.me", "wa.me", "m.me", "vk.com", "instagram.com", "signal.me"])
def test_hosts_are_known_to_the_finder_of_links(host: str) -> None:
    assert host in HANDLE_HOSTS


@given(st.text(max_size=200))
def test_any_text_gives_spans_inside_it(text: str) -> None:
    folded = fold(text, VOCABULARY)
    for found in handle.find(folded, Context(), Taken()):
        assert 0 <= found.start < found.end <= len(folded.text)


PIECES = ["whatsapp", "telegram", "微信", "line", "id", ":", " ", "@", "ali_shop", "+48601234567",
          "t.me", "/", "(", "\n", "вотсап", "12", "or", "号", ".", "카톡", "wa"]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=30))
def test_handles_never_overlap(pieces: list[str]) -> None:
    found = found_in("".join(pieces))
    assert all(a.end <= b.start for a, b in pairwise(found))
