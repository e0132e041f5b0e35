"""Telephone numbers: what is read, what is left alone, and what a call costs."""

from __future__ import annotations

import datetime
import time
import tomllib
from pathlib import Path
from typing import Any

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.contacts import identifier, phone
from detector.contacts.context import Context, Taken
from detector.contacts.digit_run import run_at
from detector.fold import fold
from detector.types import Found

LANGUAGES = tuple("en ru pl uk es pt fr de it nl tr ar zh ko ja".split())
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


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("010-1234-5678", "+821012345678"),
        ("06 39 98 01 23", "+33639980123"),
        ("601 234 567", "+48601234567"),
        ("0532 123 45 67", "+905321234567"),
        ("07700 900123", "+447700900123"),
        ("22 1O8 44 l7", "+48221084417"),
        ("22 108 44 17", "+48221084417"),
        ("601234567", None),
        ("123 456 789", None),
        ("2026 11 23", None),
        ("8190 0234 5678", None),
        ("978-3-16-148410-0", None),
        ("1 000 000 000", None),
        ("10 20 30 40 50", None),
    ],
)
def test_a_lone_number_of_no_known_country(text: str, value: str | None) -> None:
    assert [found.value for found in _find(text)] == ([value] if value else [])


def test_a_guess_is_no_premium_number() -> None:
    (found,) = _find("tel. 6O1-234-567")
    assert found.status == "unofficial"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_hits_and_near_misses(language: str) -> None:
    rows = [case for case in CASES if case["language"] == language]
    assert {True, False} == {bool(case["expect"]) for case in rows}


def test_near_misses_outnumber_hits() -> None:
    hits = sum(bool(case["expect"]) for case in CASES)
    assert hits < len(CASES) - hits


@pytest.mark.parametrize(
    ("words", "digits"),
    [
        ("sechs null eins", "601"),
        ("сто двадцать три", "123"),
        ("quatre-vingt-dix", "90"),
        ("quatre-vingt-dix-sept", "97"),
        ("soixante et onze", "71"),
        ("dix-huit", "18"),
        ("zero meia", "06"),
        ("двадцать пять", "25"),
        ("п'ятдесят сім", "57"),
        ("fünfundzwanzig", "25"),
        ("fuenfundzwanzig", "25"),
        ("dreihundertfünfzehn", "315"),
        ("trentacinque", "35"),
        ("ventuno", "21"),
        ("eenentwintig", "21"),
        ("on beş", "15"),
        ("beş yüz otuz iki", "532"),
        ("خمسة وعشرون", "25"),
        ("一三八", "138"),
        ("幺三八", "138"),
        ("壹叁捌", "138"),
        ("bir üç sekiz", "138"),
        ("공일공", "010"),
        ("ゼロハチゼロ", "080"),
        ("double seven triple 0", "77000"),
        ("doble 7", "77"),
        ("zweimal 7", "77"),
        ("dwa razy siedem", "77"),
        ("два нуля", "00"),
        ("two hundred and five", "205"),
        ("treinta y cinco", "35"),
        ("vinte e dois", "22"),
        ("sto dwadzieścia trzy zero", "1230"),
        ("8 nine 1 2 three", "89123"),
        ("oneeightthree", "183"),
        ("twenty, five", "205"),
    ],
)
def test_number_words(words: str, digits: str) -> None:
    text = fold(words).text
    run = run_at(text, 0, len(text))
    assert run is not None
    assert digits == run.digits


@pytest.mark.parametrize("text", ["seis one сім", "sei on ten", "hello", "ten dom"])
def test_words_of_two_languages_make_no_number(text: str) -> None:
    run = run_at(fold(text).text, 0, len(text))
    assert run is None or len(run.pieces) == 1


@pytest.mark.parametrize(
    ("text", "region", "status", "traits"),
    [
        ("+48 601 234 567", "PL", "unofficial", set()),
        ("+48 601 234 567", "DE", "unofficial", {"foreign-phone"}),
        ("call 700 123 456", "PL", "premium", {"premium-phone"}),
        ("call 702 123 456", "PL", "premium", {"premium-phone"}),
        ("call 801 123 456", "PL", "premium", {"shared-cost-phone"}),
        ("call 800 123 456", "PL", "unofficial", {"toll-free-phone"}),
        ("8 802 123 45 67", "RU", "premium", {"premium-phone"}),
        ("8 800 555 01 23", "RU", "unofficial", {"toll-free-phone"}),
        ("call 0871 234 5678", "GB", "premium", {"premium-phone"}),
        ("call 0844 234 5678", "GB", "premium", {"shared-cost-phone"}),
        ("Anruf 0900 1 234567", "DE", "premium", {"premium-phone"}),
        ("Anruf 0137 1234567", "DE", "premium", {"premium-phone"}),
        ("appelez 0899 12 34 56", "FR", "premium", {"premium-phone"}),
        ("llame al 905 123 456", "ES", "premium", {"premium-phone"}),
        ("llame al 902 123 456", "ES", "premium", {"shared-cost-phone"}),
        ("chiama 899 123 456", "IT", "premium", {"premium-phone"}),
        ("bel 0906 1234", "NL", "premium", {"premium-phone"}),
        ("телефон 0900 123 456", "UA", "premium", {"premium-phone"}),
        ("call 1-900-555-0123", "US", "premium", {"premium-phone"}),
        ("電話 0570-012-345", "JP", "premium", {"shared-cost-phone"}),
        ("전화 060-700-1234", "KR", "premium", {"premium-phone"}),
        ("0900 123 45 67 numarayı arayın", "TR", "premium", {"premium-phone"}),
        ("+979 123 456 789", "PL", "premium", {"premium-phone", "foreign-phone"}),
        ("+881 6 123 45678", "PL", "premium", {"satellite-phone", "foreign-phone"}),
        ("wyślij SMS na numer 7455", "PL", "premium", {"premium-sms"}),
    ],
)
def test_costs(text: str, region: str, status: str, traits: set[str]) -> None:
    found = _one(text, None, region)
    assert (status, traits) == (found.status, set(found.traits))


@pytest.mark.parametrize(
    ("code", "price"),
    [("7155", "1 PLN"), ("79550", "9 PLN"), ("91055", "10 PLN"), ("92505", "25 PLN")],
)
def test_price_of_a_polish_sms(code: str, price: str) -> None:
    (note,) = _one(f"Wyślij SMS o treści TAK na {code}", "pl").notes
    assert ("premium-sms", (("price", price),)) == (note.id, note.values)


@pytest.mark.parametrize("text", ["SMS kod 12345", "sms na 8080", "kod 92505", "sms o 7:45"])
def test_other_short_numbers_are_left_alone(text: str) -> None:
    assert _find(text, "pl", "PL") == []


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("+48 601 234 567", []),
        ("(+48) 601-234-567", []),
        ("+4️⃣8️⃣ 601 234 567", ["read-as"]),
        ("+48 6o1 234 567", ["read-as"]),
        ("+48*601*234*567", ["read-as"]),
        ("6\u200b01 234 567", ["read-as"]),
        ("+225 07 12 34 56 78", ["foreign-number", "looks-domestic"]),
        ("+86 138 1234 5678", ["foreign-number"]),
    ],
)
def test_notes(text: str, ids: list[str]) -> None:
    assert ids == [note.id for note in _one(text, "pl", "PL").notes]
    assert set(ids) <= set(phone.NOTES)


def test_a_foreign_number_is_never_called_a_fraud() -> None:
    assert not any("fraud" in sentence or "scam" in sentence for sentence in phone.NOTES.values())


@pytest.mark.parametrize(
    ("text", "language", "value", "written"),
    [
        ("WhatsApp +86 138 1234 5678", "en", "+8613812345678", "+86 138 1234 5678"),
        ("wechat/WhatsApp: 138-1234-5678 (China)", "en", "+8613812345678", "138-1234-5678"),
        ("viber 050 123 45 67", "uk", "+380501234567", "050 123 45 67"),
        ("whatsapp 48601234567", "en", "+48601234567", "48601234567"),
        ("whatsapp plus 48 six zero one 234 567", "en", "+48601234567", None),
    ],
)
def test_number_tied_to_a_messenger(
    text: str, language: str, value: str, written: str | None
) -> None:
    folded = fold(text)
    (place,) = phone.candidates(folded)
    found = phone.read_number(folded, *place, Context((), language))
    assert found is not None
    assert value == found.value
    if written:
        start, end = folded.span(found.start, found.end)
        assert written == text[start:end]


def test_a_claimed_place_is_left_alone() -> None:
    folded = fold("+48 601 234 567 and +48 602 345 678")
    taken = Taken([(4, 7)])
    values = [one.value for one in phone.find(folded, Context(), taken)]
    assert values == ["+48602345678"]


@pytest.mark.parametrize("entry", [e for group in TARIFFS.values() for e in group], ids=str)
def test_tariffs_name_source_and_day(entry: dict[str, Any]) -> None:
    assert entry["region"] == "001" or entry["region"] in phonenumbers.SUPPORTED_REGIONS
    assert entry["source"].endswith(")")
    assert datetime.date(2026, 11, 23) == entry["checked"]


_CALLS = {
    "PL": ("48", "601234567"), "CN": ("86", "13812345678"), "RU": ("7", "9001234567"),
    "US": ("1", "2025550143"), "DE": ("49", "1712345678"), "BR": ("55", "11912345678"),
}  # fmt: skip
_ENGLISH = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
# Signs that make a date of three groups ("-", ".", "/") stand in the case table.
_GAPS = (" ", "*", "_", "~", " - ", "--", "  ", "\u200b", "\u00a0", "❤️", ") (")


@settings(max_examples=80, deadline=None)
@given(
    st.sampled_from(sorted(_CALLS)),
    st.sampled_from(_GAPS),
    st.lists(st.booleans(), min_size=14, max_size=14),
    st.lists(st.sampled_from(("plain", "full", "circled", "word")), min_size=14, max_size=14),
)
def test_disguise_with_a_plus_is_seen_through(
    region: str, gap: str, gaps: list[bool], styles: list[str]
) -> None:
    code, national = _CALLS[region]
    shown = []
    for digit, style, has_gap in zip(code + national, styles, gaps, strict=False):
        looks = {"full": chr(0xFF10 + int(digit)), "circled": "⓪①②③④⑤⑥⑦⑧⑨"[int(digit)],
                 "word": f" {_ENGLISH[int(digit)]} "}  # fmt: skip
        shown.append(looks.get(style, digit) + (gap if has_gap else ""))
    text = "contact +" + "".join(shown).strip(" ./*_~-❤\ufe0f\u200b\u00a0()")
    assert [f"+{code}{national}"] == [one.value for one in _find(text, "en")]


@settings(max_examples=80, deadline=None)
@given(st.text(alphabet="0123456789 +-.()/,\n:xol零一二", max_size=60), st.sampled_from(LANGUAGES))
def test_whatever_is_found_is_a_number_in_its_place(text: str, language: str) -> None:
    folded = fold(text)
    for found in _find(text, language):
        assert 0 <= found.start < found.end <= len(folded.text)
        number = phonenumbers.parse(found.value)
        assert phonenumbers.is_possible_number(number) or found.status == "premium"


@pytest.mark.parametrize(
    "text", ["1 " * 8000, "12 34 " * 3000, "123456789 " * 1500, "one two " * 2000, "+4" * 8000,
             "call 601 234 56 " * 1000, "6o" * 8000, "1x" * 8000, "九" * 16000],
    ids=lambda text: text[:12],
)  # fmt: skip
def test_time_grows_with_the_length_only(text: str) -> None:
    began = time.perf_counter()
    _find(text, "en", "GB")
    # Generous for a busy machine; a quadratic step would need minutes.
    assert time.perf_counter() - began < 10
