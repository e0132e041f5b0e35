"""A verdict in JSON, in words and as a flat row."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from detector import render
from detector.advice import catalogue
from detector.decide import decide_advice
from detector.rule import Rule, RuleBook
from detector.types import Contact, Finding, Level, Note, Verdict

TEXT = "Write to  telegram @helpdesk_1 or 22 1O8 44 l7"
HANDLE = Contact(
    "handle", "telegram:@helpdesk_1", "telegram @helpdesk_1", 10, 30, None, "unofficial"
)
PHONE = Contact(
    "phone", "+48221084417", "22 1O8 44 l7", 34, 46, "PL", "unofficial",
    (Note("read-as", (("value", "+48 22 108 44 17"),)),),
)  # fmt: skip
FINDINGS = (
    Finding("move-to-messenger", Level.UNOFFICIAL, "rule", ((0, 18),)),
    Finding("phone-number", Level.UNOFFICIAL, "rule", ((34, 46),)),
)
VERDICT = Verdict(
    text=TEXT, level=Level.UNOFFICIAL, risk=0.825, language="pl", subject="message",
    contacts=(HANDLE, PHONE), findings=FINDINGS, advice=("report-message", "stay-in-chat"),
    rulebook="r" * 16, model="none", marketplace="bazarro", marketplace_name="Bazarro",
)  # fmt: skip
CLEAR = replace(
    VERDICT, level=Level.CLEAR, risk=0.02, language="und",
    contacts=(), findings=(), advice=("nothing-found",),
)  # fmt: skip


def test_the_result_object_keeps_the_contract() -> None:
    result = render.as_object(VERDICT, "en")
    assert [
        "verdict", "risk", "language", "subject", "contacts", "findings", "advice",
        "rulebook", "model",
    ] == list(result)  # fmt: skip
    assert {
        "kind": "phone", "value": "+48221084417", "text": "22 1O8 44 l7", "start": 34, "end": 46,
        "region": "PL", "status": "unofficial", "notes": ["Read as +48 22 108 44 17."],
    } == result["contacts"][1]  # fmt: skip
    assert [
        "kind", "value", "text", "start", "end", "region", "status", "notes",
    ] == list(result["contacts"][0])  # fmt: skip
    assert ["id", "level", "origin", "spans", "reason", "source"] == list(result["findings"][0])
    assert [[0, 18]] == result["findings"][0]["spans"]
    assert "unofficial" == result["findings"][0]["level"]
    assert ["stay-in-chat", "report-message"] == [entry["id"] for entry in result["advice"]]
    assert ["id", "text"] == list(result["advice"][0])


def test_offsets_point_into_the_pasted_text() -> None:
    result = render.as_object(VERDICT)
    assert [c["text"] for c in result["contacts"]] == [
        TEXT[c["start"] : c["end"]] for c in result["contacts"]
    ]


def test_the_json_is_one_readable_line() -> None:
    line = render.as_json(VERDICT, "ru")
    assert "\n" not in line
    assert "Прочитано как" in line
    assert render.as_object(VERDICT, "ru") == json.loads(line)


@pytest.mark.parametrize(
    ("wish", "language", "word"),
    [
        (None, "pl", "Zgłoś"),
        ("ru", "pl", "Пожалуйтесь"),
        ("en", "pl", "Report"),
        (None, "und", "Report"),
        (None, "xx", "Report"),
        ("xx", "ru", "Пожалуйтесь"),
    ],
)
def test_the_language_of_the_answer(wish: str | None, language: str, word: str) -> None:
    result = render.as_object(replace(VERDICT, language=language), wish)
    assert word == result["advice"][1]["text"].split()[0]
    assert language == result["language"]


@pytest.mark.parametrize(
    ("level", "name", "sentence"),
    [
        (Level.UNOFFICIAL, "AliExpress", "Not an AliExpress channel"),
        (Level.UNOFFICIAL, "Bazarro", "Not a Bazarro channel"),
        (Level.OFFICIAL, "AliExpress", "An AliExpress channel; the sender can still be faked"),
        (Level.OFFICIAL, "Bazarro", "A Bazarro channel; the sender can still be faked"),
        (Level.FRAUDULENT, "Bazarro", "Matches a known fraud pattern"),
        (Level.SUSPICIOUS, "Bazarro", "Be careful: we could not confirm this"),
        (
            Level.CLEAR, "AliExpress",
            "No known warning signs. That is no proof that it is genuine",
        ),
    ],
)  # fmt: skip
def test_the_verdict_in_words(level: Level, name: str, sentence: str) -> None:
    verdict = replace(VERDICT, level=level, marketplace_name=name)
    assert sentence == render.verdict_sentence(verdict, "en")


def test_the_row_is_flat() -> None:
    assert {
        "verdict": "unofficial",
        "risk": "0.8250",
        "findings": "move-to-messenger phone-number",
        "contacts": "telegram:@helpdesk_1 phone:+48221084417",
        "language": "pl",
        "error": "",
    } == render.as_row(VERDICT)
    assert list(render.FLAT_COLUMNS) == list(render.as_row(CLEAR))
    assert ("", "") == (render.as_row(CLEAR)["findings"], render.as_row(CLEAR)["contacts"])


def test_the_text_begins_with_the_verdict_and_ends_with_what_to_do() -> None:
    lines = render.as_text(VERDICT, "en").splitlines()
    assert "UNOFFICIAL: Not a Bazarro channel." == lines[0]
    assert ["Why", "Contacts", "What to do now"] == [
        line for line in lines[1:] if line and not line.startswith(" ")
    ]
    assert "    “Write to telegram”" in lines
    assert "  • telephone number +48221084417: not an official channel" in lines
    assert lines[-1].startswith("  • Report the message")


def test_a_clear_text_has_no_reasons_but_advice() -> None:
    lines = render.as_text(CLEAR).splitlines()
    assert lines[0].startswith("CLEAR: No known warning signs.")
    assert ["What to do now"] == [x for x in lines[1:] if x and not x.startswith(" ")]


def test_a_bare_contact_is_not_quoted_back() -> None:
    bare = replace(VERDICT, subject="contact", text="22 1O8 44 l7", findings=FINDINGS[1:])
    assert "“" not in render.as_text(bare, "en")


@pytest.mark.parametrize(
    ("pasted", "shown"),
    [
        ("\x1b[31mWrite to me", "“[31mWrite to me”"),
        ("Write\x07 to\nme", "“Write to me”"),
        ("Write \u202eto me", "“Write to me”"),
        ("Wri\u200bte to me", "“Write to me”"),
        ("Wri\udcffte", "“Write”"),
        ("Пиши мне", "“Пиши мне”"),
        ("我们的微信", "“我们的微信”"),
    ],
)
def test_pasted_text_cannot_steer_the_terminal(pasted: str, shown: str) -> None:
    finding = Finding("move-to-messenger", Level.UNOFFICIAL, "rule", ((0, len(pasted)),))
    verdict = replace(VERDICT, text=pasted, findings=(finding,), contacts=())
    assert f"    {shown}" in render.as_text(verdict, "en").splitlines()


def test_the_sentence_of_a_purpose_is_translated_too() -> None:
    note = Note("brand-mailbox", (("marketplace", "Bazarro"), ("purpose", "privacy requests")))
    assert "Bazarro lists this address for privacy requests only; it is not support." == (
        render.note_sentence(VERDICT, note, "en")
    )
    assert "sprawy prywatności" in render.note_sentence(VERDICT, note, "pl")


@pytest.mark.parametrize("rule", RuleBook.load().rules, ids=lambda rule: rule.id)
def test_the_advice_of_a_rule_exists(rule: Rule) -> None:
    assert [] == [a for a in rule.advice if a not in catalogue()]


@pytest.mark.parametrize("level", Level)
def test_every_verdict_says_what_to_do(level: Level) -> None:
    findings = () if level is Level.CLEAR else (replace(FINDINGS[0], level=level),)
    advice = decide_advice(findings)
    assert advice
    assert [] == [a for a in advice if a not in catalogue()]


def test_advice_is_short_and_begins_with_the_thing_to_do() -> None:
    long = [a.id for a in catalogue().values() if len(a.text) > 400]
    assert [] == long
    assert {a.id for a in catalogue().values() if a.text.startswith("If you have")} == {
        "code-given", "already-paid", "costly-call",
    }  # fmt: skip
