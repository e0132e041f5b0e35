"""A verdict as JSON, as text, as a row: the contract's keys, and sentences for every id."""

from __future__ import annotations

import json
import unicodedata
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector import advice, render
from detector.decide import decide_advice
from detector.detector import Detector
from detector.rule import Rule, RuleBook
from detector.types import Contact, Finding, Level, Note, Verdict

TEXT = "Zamknij spór. Napisz: telegram @pomoc_ali_99"
HANDLE = Contact(
    "handle", "telegram:@pomoc_ali_99", "telegram @pomoc_ali_99", 22, 44, None, "unofficial",
    (Note("also-on", (("value", "viber"),)),),
)  # fmt: skip
VERDICT = Verdict(
    text=TEXT,
    level=Level.UNOFFICIAL,
    risk=0.75,
    language="pl",
    subject="message",
    contacts=(HANDLE,),
    findings=(
        Finding("messenger-handle", Level.UNOFFICIAL, "rule", ((22, 44),), ("stay-in-chat",)),
        Finding("close-dispute", Level.SUSPICIOUS, "rule", ((0, 13),), ("keep-dispute-open",)),
    ),
    advice=("stay-in-chat", "keep-dispute-open", "report-message"),
    rulebook="00ff",
    model="none",
    marketplace="aliexpress",
    marketplace_name="AliExpress",
)
BARE = replace(VERDICT, level=Level.CLEAR, contacts=(), findings=(), advice=("nothing-found",))


def told(host: str, text: str = "x") -> Verdict:
    """Return a verdict with one contact whose value and note come from pasted text."""
    note = Note("foreign-link", (("host", host),))
    contact = Contact("url", host, text, 0, len(text), None, "unknown", (note,))
    finding = Finding("other-site", Level.UNOFFICIAL, "rule", ((0, len(text)),))
    return replace(
        BARE, text=text, level=Level.UNOFFICIAL, contacts=(contact,), findings=(finding,)
    )


# --- JSON ------------------------------------------------------------------------------


def test_the_object_has_the_keys_of_the_contract_in_its_order() -> None:
    found = render.as_object(VERDICT)
    assert (
        "verdict", "risk", "language", "subject", "contacts", "findings", "advice",
        "rulebook", "model",
    ) == tuple(found)  # fmt: skip
    assert (
        "kind", "value", "text", "start", "end", "region", "status", "notes",
    ) == tuple(found["contacts"][0])  # fmt: skip
    assert (
        "id", "level", "origin", "spans", "reason", "source",
    ) == tuple(found["findings"][0])  # fmt: skip
    assert ("id", "text") == tuple(found["advice"][0])


def test_the_object_says_what_the_verdict_holds() -> None:
    found = render.as_object(VERDICT, "en")
    assert ("unofficial", 0.75, "pl", "message", "00ff", "none") == (
        found["verdict"], found["risk"], found["language"], found["subject"], found["rulebook"],
        found["model"],
    )  # fmt: skip
    assert found["contacts"] == [
        {
            "kind": "handle",
            "value": "telegram:@pomoc_ali_99",
            "text": "telegram @pomoc_ali_99",
            "start": 22,
            "end": 44,
            "region": None,
            "status": "unofficial",
            "notes": ["The same contact is given for viber."],
        }
    ]
    first = found["findings"][0]
    assert ["messenger-handle", "unofficial", "rule", [[22, 44]]] == list(first.values())[:4]
    assert first["reason"].startswith("This contact lies outside AliExpress.")
    assert first["source"].startswith("Platform rule on guiding offline transactions")


@pytest.mark.parametrize(
    ("wish", "language", "beginning"),
    [
        (None, "pl", "Ten kontakt jest spoza AliExpress."),
        ("pl", "en", "Ten kontakt jest spoza AliExpress."),
        ("ru", "pl", "Этот контакт находится вне AliExpress."),
        (None, "ru", "Этот контакт находится вне AliExpress."),
        (None, "und", "This contact lies outside AliExpress."),
        ("xx", "und", "This contact lies outside AliExpress."),
    ],
)
def test_the_answer_is_in_the_wished_language_else_in_that_of_the_message(
    wish: str | None, language: str, beginning: str
) -> None:
    found = render.as_object(replace(VERDICT, language=language), wish)
    assert found["findings"][0]["reason"].startswith(beginning)
    assert language == found["language"]


def test_json_is_one_line_of_readable_text() -> None:
    line = render.as_json(VERDICT)
    assert "\n" not in line
    assert "Ten kontakt jest spoza AliExpress." in line
    assert render.as_object(VERDICT) == json.loads(line)


def test_advice_comes_in_the_order_of_the_catalogue() -> None:
    order = list(advice.catalogue())
    shown = [entry["id"] for entry in render.advice_sentences(VERDICT, "en")]
    assert sorted(VERDICT.advice, key=order.index) == shown


@pytest.mark.parametrize("rule", RuleBook.load().rules, ids=lambda rule: rule.id)
def test_the_advice_of_a_rule_exists(rule: Rule) -> None:
    assert [] == [id for id in rule.advice if id not in advice.catalogue()]


@pytest.mark.parametrize("level", Level)
def test_every_verdict_says_what_to_do(level: Level) -> None:
    findings = [] if level is Level.CLEAR else [Finding("any", level, "rule", ((0, 1),))]
    chosen = decide_advice(findings)
    assert chosen
    assert [] == [id for id in chosen if id not in advice.catalogue()]


def test_what_to_do_when_it_has_happened_has_its_own_advice() -> None:
    afterwards = {a.id for a in advice.catalogue().values() if a.text.startswith("If you have")}
    assert {"code-given", "already-paid", "costly-call"} == afterwards
    assert "already-paid" in decide_advice([Finding("any", Level.FRAUDULENT, "rule", ((0, 1),))])


def test_a_finding_of_an_unknown_id_is_shown_by_its_id() -> None:
    strange = replace(VERDICT, findings=(Finding("new-trick", Level.SUSPICIOUS, "model", ()),))
    finding = render.as_object(strange)["findings"][0]
    assert ("new-trick", "model", [], "new-trick", "") == (
        finding["id"], finding["origin"], finding["spans"], finding["reason"], finding["source"],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "The address is listed by AliExpress for: privacy requests."),
        ("pl", "AliExpress podaje ten adres w sprawach: sprawy prywatności."),
    ],
)
def test_a_purpose_is_translated_too(language: str, sentence: str) -> None:
    note = Note("official-email", (("purpose", "privacy requests"),))
    assert sentence == render.note_sentence(VERDICT, note, language)


# --- the verdict in words ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("level", "name", "sentence"),
    [
        (Level.CLEAR, "AliExpress",
         "No known warning signs. That is no proof that it is genuine"),
        (Level.OFFICIAL, "AliExpress", "An AliExpress channel; the sender can still be faked"),
        (Level.OFFICIAL, "Bazarro", "A Bazarro channel; the sender can still be faked"),
        (Level.SUSPICIOUS, "AliExpress", "Be careful: we could not confirm this"),
        (Level.UNOFFICIAL, "AliExpress", "Not an AliExpress channel"),
        (Level.UNOFFICIAL, "Bazarro", "Not a Bazarro channel"),
        (Level.FRAUDULENT, "AliExpress", "Matches a known fraud pattern"),
    ],
)  # fmt: skip
def test_a_verdict_reads_as_promised(level: Level, name: str, sentence: str) -> None:
    verdict = replace(VERDICT, level=level, marketplace_name=name)
    assert sentence == render.verdict_sentence(verdict, "en")


def test_every_level_status_and_kind_has_words() -> None:
    assert set(Level) == set(render.VERDICTS)
    assert {"official", "unofficial", "lookalike", "premium", "unknown"} == set(render.STATUSES)
    assert {"phone", "email", "url", "handle", "iban", "card", "wallet", "pix"} == set(render.KINDS)


# --- text --------------------------------------------------------------------------------


def test_the_text_has_verdict_reasons_contacts_and_what_to_do() -> None:
    lines = render.as_text(VERDICT, "en").split("\n")
    assert "UNOFFICIAL: Not an AliExpress channel." == lines[0]
    assert ["Why", "Contacts", "What to do now"] == [
        line for line in lines[1:] if line and not line.startswith(" ")
    ]
    assert "    “telegram @pomoc_ali_99”" in lines
    assert "    “Zamknij spór.”" in lines
    assert "  • messenger or network telegram:@pomoc_ali_99: not an official channel" in lines
    assert "    The same contact is given for viber." in lines


def test_a_text_without_findings_has_no_empty_headings() -> None:
    lines = render.as_text(BARE, "en").split("\n")
    assert ["CLEAR: No known warning signs. That is no proof that it is genuine.", ""] == lines[:2]
    assert ["What to do now"] == [line for line in lines[1:] if line and not line.startswith(" ")]


def test_a_bare_contact_is_not_quoted_back() -> None:
    assert "“" in render.as_text(VERDICT, "en")
    assert "“" not in render.as_text(replace(VERDICT, subject="contact"), "en")


def test_a_quote_is_given_once() -> None:
    twice = Finding("threat", Level.SUSPICIOUS, "rule", ((0, 3), (4, 7), (8, 11)))
    verdict = replace(BARE, text="abc abc xyz", findings=(twice,))
    assert "    “abc” … “xyz”" in render.as_text(verdict, "en").split("\n")


@pytest.mark.parametrize(
    "sign",
    ["\x1b[31m", "\x1b]0;title\x07", "\r", "\n", "\x08", "\x9b2J", "\u202e", "\u2066", "\u200b",
     "\ufeff", "\u2028", "\x00", "\ud83d"],
)  # fmt: skip
def test_pasted_text_cannot_steer_the_terminal(sign: str) -> None:
    verdict = told(f"a{sign}b.example", f"see{sign}here")
    shown = render.as_text(verdict, "en")
    assert [] == [
        c for c in shown if unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl"} and c != "\n"
    ]
    assert len(render.as_text(told("ab.example", "see here"), "en").split("\n")) == len(
        shown.split("\n")
    )


@settings(deadline=None)
@given(st.text(min_size=1, max_size=40))
def test_any_pasted_text_can_be_shown(pasted: str) -> None:
    verdict = told(pasted, pasted)
    shown = render.as_text(verdict, "ru")
    assert shown.isprintable() or "" == "".join(
        c for c in shown if unicodedata.category(c) in {"Cc", "Cf", "Cs"} and c != "\n"
    )
    found = json.loads(render.as_json(verdict, "ru"))
    assert pasted == found["contacts"][0]["value"]


def test_a_placeholder_in_pasted_text_is_not_filled() -> None:
    note = render.as_object(told("{marketplace}.example"), "en")["contacts"][0]["notes"][0]
    assert "{marketplace}.example does not belong to AliExpress." == note


# --- row ---------------------------------------------------------------------------------


def test_a_row_has_the_flat_columns() -> None:
    row = render.as_row(VERDICT)
    assert render.FLAT_COLUMNS == tuple(row)
    assert row == {
        "verdict": "unofficial",
        "risk": "0.7500",
        "findings": "messenger-handle close-dispute",
        "contacts": "telegram:@pomoc_ali_99",
        "language": "pl",
        "error": "",
    }


def test_a_contact_without_a_network_in_it_gets_its_kind() -> None:
    assert "url:a.example" == render.as_row(told("a.example"))["contacts"]


# --- with the real detector ----------------------------------------------------------------

SAMPLES = [
    "Pay me by PayPal, not on AliExpress. https://wa.me/12025550143",
    "Zamknij spór, zwrócę pieniądze przez PayPal.",
    "+48 22 555 01 43",
    "https://aliexpress-refund.example/login",
    "https://www.aliexpress.com/item/1.html",
    "DataProtection.AE@aliexpress.com",
    "xn--80ak6aa92e.com http://192.0.2.7/pay http://a@b.example",
    "Thank you, the parcel came today.",
]


@pytest.mark.parametrize("text", SAMPLES)
@pytest.mark.parametrize("language", ["en", "pl", "ru"])
def test_every_sentence_of_a_real_verdict_is_whole(
    detector: Detector, text: str, language: str
) -> None:
    found: dict[str, Any] = render.as_object(detector.check(text), language)
    sentences = [finding[key] for finding in found["findings"] for key in ("reason", "source")]
    sentences += [entry["text"] for entry in found["advice"]]
    sentences += [note for contact in found["contacts"] for note in contact["notes"]]
    assert found["advice"], "a verdict always says what to do"
    for sentence in sentences:
        assert " " in sentence, f"an id instead of a sentence: {sentence}"
        assert "{" not in sentence
    for contact in found["contacts"]:
        assert contact["text"] == text[contact["start"] : contact["end"]]
    for finding in found["findings"]:
        assert all(0 <= start < end <= len(text) for start, end in finding["spans"])
