"""A verdict as JSON, as text for a terminal, as a flat row. Here ids become sentences."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from detector import advice as advice_catalogue
from detector import contacts as contacts_package
from detector.rule import RuleBook
from detector.translate import choose, translate
from detector.types import Contact, Finding, Level, Note, Verdict

# Each verdict in words; product wording: judge the message, never the person, never "safe".
VERDICTS: dict[Level, str] = {
    Level.CLEAR: "No known warning signs. That is no proof that it is genuine",
    Level.OFFICIAL: "A channel of {marketplace}; the sender can still be faked",
    Level.SUSPICIOUS: "Be careful: we could not confirm this",
    Level.UNOFFICIAL: "Not a channel of {marketplace}",
    Level.FRAUDULENT: "Matches a known fraud pattern",
}
STATUSES: dict[str, str] = {
    "official": "official channel",
    "unofficial": "no official channel",
    "lookalike": "imitates the real name",
    "premium": "costs extra",
    "unknown": "not known to us",
}
FLAT_COLUMNS = ("verdict", "risk", "findings", "contacts", "language", "error")


@cache
def _rules() -> Mapping[str, tuple[str, str]]:
    """Rule id → (reason, source); read once."""
    return {rule.id: (rule.reason, rule.source) for rule in RuleBook.load().rules}


@cache
def note_sentences() -> Mapping[str, str]:
    """Note id → English sentence, as the finders declare them."""
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
    return translate(VERDICTS[verdict.level], language, marketplace=verdict.marketplace_name)


def finding_sentence(verdict: Verdict, finding: Finding, language: str) -> tuple[str, str]:
    """Return the reason of a finding and its source."""
    reason, source = _rules().get(finding.id, (finding.id, ""))
    marketplace = verdict.marketplace_name
    return (
        translate(reason, language, marketplace=marketplace),
        translate(source, language, marketplace=marketplace),
    )


def note_sentence(verdict: Verdict, note: Note, language: str) -> str:
    """Return the sentence of a note with its values."""
    msgid = note_sentences().get(note.id, note.id)
    return translate(
        msgid, language, **{"marketplace": verdict.marketplace_name, **dict(note.values)}
    )


def advice_sentences(verdict: Verdict, language: str) -> list[dict[str, str]]:
    """Return what to do now, each with its id, in the catalogue's order."""
    return [
        {"id": entry.id, "text": translate(entry.text, language, marketplace=verdict.marketplace_name)}
        for entry in advice_catalogue.catalogue().values()
        if entry.id in verdict.advice
    ]  # fmt: skip


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
        "contacts": " ".join(
            c.value if c.kind == "handle" else f"{c.kind}:{c.value}" for c in verdict.contacts
        ),
        "language": verdict.language,
        "error": "",
    }


def as_text(verdict: Verdict, wish: str | None = None) -> str:
    """Return the answer as plain text: verdict, reasons, contacts, what to do."""
    language = answer_language(verdict, wish)

    def say(msgid: str, **values: str) -> str:
        return translate(msgid, language, **values)

    lines = [f"{verdict.level.label.upper()}: {verdict_sentence(verdict, language)}."]
    if verdict.findings:
        lines += ["", say("Why")]
        for finding in verdict.findings:
            lines.append(f"  • {finding_sentence(verdict, finding, language)[0]}")
            quotes = [verdict.text[s:e] for s, e in finding.spans]
            if quotes and verdict.subject == "message":
                lines.append("    " + " … ".join(f"“{' '.join(q.split())}”" for q in quotes))
    if verdict.contacts:
        lines += ["", say("Contacts")]
        for contact in verdict.contacts:
            kind = "" if contact.kind == "handle" else f"{contact.kind} "
            lines.append(f"  • {kind}{contact.value}: {say(STATUSES[contact.status])}")
            lines += [f"    {note_sentence(verdict, note, language)}" for note in contact.notes]
    lines += ["", say("What to do now")]
    lines += [f"  • {entry['text']}" for entry in advice_sentences(verdict, language)]
    return "\n".join(lines)


def as_json(verdict: Verdict, wish: str | None = None) -> str:
    """Return the result object as one line of JSON."""
    return json.dumps(as_object(verdict, wish), ensure_ascii=False)
