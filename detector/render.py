"""A verdict as JSON, as text for a terminal, as a flat row. Here ids become sentences."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from detector import advice as advice_catalogue
from detector import contacts as contacts_package
from detector.intent import intents
from detector.rule import RuleBook
from detector.translate import SOURCE_LANGUAGE, choose, translate
from detector.types import Contact, Finding, Level, Note, Verdict

# Judge the message, never the person, and never say "safe".
VERDICTS: dict[Level, str] = {
    Level.CLEAR: "No known warning signs. That is no proof that it is genuine",
    Level.OFFICIAL: "An {marketplace} channel; the sender can still be faked",
    Level.SUSPICIOUS: "Be careful: we could not confirm this",
    Level.UNOFFICIAL: "Not an {marketplace} channel",
    Level.FRAUDULENT: "Matches a known fraud pattern",
}
STATUSES: dict[str, str] = {
    "official": "official channel",
    "unofficial": "not an official channel",
    "lookalike": "imitates the real name",
    "premium": "costs extra",
    "unknown": "not known to us",
}
KINDS: dict[str, str] = {
    "phone": "telephone number",
    "email": "e-mail address",
    "url": "web address",
    "handle": "messenger or network",
    "iban": "bank account",
    "card": "payment card",
    "wallet": "crypto wallet",
    "pix": "PIX key",
}
SOURCES: dict[str, str] = {
    "model": "The classifier, trained on labelled messages written for this project; see its card",
}
_LONGEST_EXAMPLE = 300
FLAT_COLUMNS = ("verdict", "risk", "findings", "contacts", "language", "error")


@cache
def _rules() -> Mapping[str, tuple[str, str]]:
    """Return reason and source of each rule."""
    return {rule.id: (rule.reason, rule.source) for rule in RuleBook.load().rules}


@cache
def note_sentences() -> Mapping[str, str]:
    """Return the English sentence of each note, as the finders declare them."""
    sentences: dict[str, str] = {}
    for _, name, _ in iter_modules(contacts_package.__path__):
        module = import_module(f"{contacts_package.__name__}.{name}")
        sentences.update(getattr(module, "NOTES", {}))
    return sentences


def answer_language(verdict: Verdict, wish: str | None = None) -> str:
    """Return the language to answer in: the wish, else that of the message, else English."""
    return choose(wish, verdict.language)


def verdict_sentence(verdict: Verdict, language: str) -> str:
    """Return the verdict in words."""
    msgid, name = VERDICTS[verdict.level], verdict.marketplace_name
    sentence = translate(msgid, language, marketplace=name)
    if language == SOURCE_LANGUAGE and name[:1].lower() not in "aeiou":
        sentence = sentence.replace(f"n {name} channel", f" {name} channel")
    return sentence


def finding_sentence(verdict: Verdict, finding: Finding, language: str) -> tuple[str, str]:
    """Return the reason of a finding and its source."""
    name = verdict.marketplace_name
    intent = intents().get(finding.id) if finding.origin == "model" else None
    if intent is not None:
        reason = translate(intent.reason, language, marketplace=name)
        if finding.example:
            reads = translate("It reads like this known case: “{example}”", language)
            reason += " " + reads.replace("{example}", inert(finding.example)[:_LONGEST_EXAMPLE])
        return reason, translate(SOURCES["model"], language)
    reason, source = _rules().get(finding.id, (finding.id, ""))
    return translate(reason, language, marketplace=name), translate(source, language)


def note_sentence(verdict: Verdict, note: Note, language: str) -> str:
    """Return the sentence of a note with its values."""
    values = {"marketplace": verdict.marketplace_name, **dict(note.values)}
    if "purpose" in values:  # the one value that is a sentence of ours
        values["purpose"] = translate(values["purpose"], language)
    return translate(note_sentences().get(note.id, note.id), language, **values)


def advice_sentences(verdict: Verdict, language: str) -> list[dict[str, str]]:
    """Return what to do now, each with its id, in the catalogue's order."""
    name = verdict.marketplace_name
    return [
        {"id": entry.id, "text": translate(entry.text, language, marketplace=name)}
        for entry in advice_catalogue.catalogue().values()
        if entry.id in verdict.advice
    ]


def _contact(verdict: Verdict, contact: Contact, language: str) -> dict[str, Any]:
    return {
        "kind": contact.kind,
        "value": contact.value,
        "text": contact.text,
        "start": contact.start,
        "end": contact.end,
        "region": contact.region,
        "status": contact.status,
        "notes": [note_sentence(verdict, note, language) for note in contact.notes],
    }


def _finding(verdict: Verdict, finding: Finding, language: str) -> dict[str, Any]:
    reason, source = finding_sentence(verdict, finding, language)
    return {
        "id": finding.id,
        "level": finding.level.label,
        "origin": finding.origin,
        "spans": [list(span) for span in finding.spans],
        "reason": reason,
        "source": source,
    }


def as_object(verdict: Verdict, wish: str | None = None) -> dict[str, Any]:
    """Return the result object of the contract, in the order of the contract."""
    language = answer_language(verdict, wish)
    return {
        "verdict": verdict.level.label,
        "risk": verdict.risk,
        "language": verdict.language,
        "subject": verdict.subject,
        "contacts": [_contact(verdict, c, language) for c in verdict.contacts],
        "findings": [_finding(verdict, f, language) for f in verdict.findings],
        "advice": advice_sentences(verdict, language),
        "rulebook": verdict.rulebook,
        "model": verdict.model,
    }


def as_row(verdict: Verdict) -> dict[str, str]:
    """Return the flat columns; findings and contacts are lists separated by spaces."""
    return {
        "verdict": verdict.level.label,
        "risk": f"{verdict.risk:.4f}",
        "findings": " ".join(finding.id for finding in verdict.findings),
        "contacts": " ".join(_tagged(contact) for contact in verdict.contacts),
        "language": verdict.language,
        "error": "",
    }


def _tagged(contact: Contact) -> str:
    # A handle names its network itself.
    return contact.value if contact.kind == "handle" else f"{contact.kind}:{contact.value}"


def as_json(verdict: Verdict, wish: str | None = None) -> str:
    """Return the result object as one line of JSON."""
    return json.dumps(as_object(verdict, wish), ensure_ascii=False)


def as_text(verdict: Verdict, wish: str | None = None) -> str:
    """Return the answer as plain text: verdict, reasons, contacts, what to do."""
    return "\n".join(text for text, _ in styled_lines(verdict, wish))


def styled_lines(verdict: Verdict, wish: str | None = None) -> Iterator[tuple[str, str]]:
    """Yield the lines of the answer, each with what it is: verdict, title, quote, text."""
    language = answer_language(verdict, wish)
    yield f"{verdict.level.label.upper()}: {verdict_sentence(verdict, language)}.", "verdict"
    if verdict.findings:
        yield from _heading(translate("Why", language))
    for finding in verdict.findings:
        yield f"  • {finding_sentence(verdict, finding, language)[0]}", "text"
        quotes = [inert(verdict.text[start:end]) for start, end in finding.spans]
        if verdict.subject == "message" and any(quotes):
            yield "    " + " … ".join(f"“{q}”" for q in dict.fromkeys(quotes)), "quote"
    if verdict.contacts:
        yield from _heading(translate("Contacts", language))
    for contact in verdict.contacts:
        kind, status = translate(KINDS[contact.kind], language), STATUSES[contact.status]
        yield f"  • {kind} {inert(contact.value)}: {translate(status, language)}", "text"
        for note in contact.notes:
            yield f"    {inert(note_sentence(verdict, note, language))}", "quote"
    yield from _heading(translate("What to do now", language))
    for entry in advice_sentences(verdict, language):
        yield f"  • {entry['text']}", "text"


def _heading(title: str) -> Iterator[tuple[str, str]]:
    yield "", "text"
    yield title, "title"


def inert(text: str) -> str:
    """Return pasted text that cannot steer a terminal: no control or direction characters."""
    kept = (" " if unicodedata.category(c) == "Cc" else c for c in text)
    return " ".join("".join(c for c in kept if unicodedata.category(c) not in _UNSHOWN).split())


_UNSHOWN = frozenset({"Cf", "Cs"})
