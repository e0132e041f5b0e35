"""The pages to read: the rules, the official channels, and what this is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from flask import Blueprint, render_template, request
from flask_babel import format_percent

from detector import advice, render
from detector.marketplace import Entry
from detector.rule import Rule
from detector.translate import translate
from webapp.view import current_detector, page_language, shown_date

blueprint = Blueprint("info", __name__)
LONGEST_QUERY = 60
"""Characters of a search: words of a rule, never a message."""
EXAMPLES_SHOWN = 3


@blueprint.get("/rules")
def rules() -> str:
    """Show the catalogue, or the rules in which every searched word occurs."""
    query = request.args.get("q", "")[:LONGEST_QUERY].strip()
    shown = [_shown_rule(rule) for rule in current_detector().rules]
    words = query.casefold().split()
    found = [rule for rule in shown if all(word in rule["searched"] for word in words)]
    return render_template("rules.html", rules=found, query=query, longest=LONGEST_QUERY)


def _shown_rule(rule: Rule) -> dict[str, Any]:
    language, name = page_language(), current_detector().marketplace.name
    title = translate(rule.title, language, marketplace=name)
    reason = translate(rule.reason, language, marketplace=name)
    return {
        "id": rule.id,
        "level": rule.level.label,
        "sentence": translate(render.VERDICTS[rule.level], language, marketplace=name),
        "title": title,
        "reason": reason,
        "source": translate(rule.source, language),
        "hits": [example.text for example in rule.hits[:EXAMPLES_SHOWN]],
        "misses": [example.text for example in rule.misses[:EXAMPLES_SHOWN]],
        "searched": " ".join((rule.id, rule.title, rule.reason, title, reason)).casefold(),
    }


@blueprint.get("/channels")
def channels() -> str:
    """Show what is official, each entry with its source and the day it was checked."""
    market, known = current_detector().marketplace, advice.catalogue()
    return render_template(
        "channels.html",
        ways=[
            _shown_entry(entry, text=known[entry.id].text if entry.id in known else entry.note)
            for entry in market.channels
        ],
        lines=[_shown_entry(entry) for entry in market.phones]
        + [_shown_entry(entry, name=entry.address) for entry in market.mailboxes],
        domains=[
            _shown_entry(entry, name=entry.domain)
            for entry in market.domains
            if entry.role in {"official", "affiliate", "mail-transport"}
        ],
    )


def _shown_entry(entry: Entry, name: str = "", text: str | None = None) -> dict[str, str]:
    sentence = entry.note if text is None else text
    marketplace = current_detector().marketplace.name
    return {
        "name": name,
        "text": translate(sentence, page_language(), marketplace=marketplace),
        "source": translate(entry.source, page_language()),
        "checked": shown_date(entry.checked),
    }


@dataclass(frozen=True, slots=True)
class Measured:
    """One row of the model card; shares are written for the reader, ``size`` counts messages."""

    size: int
    right: str
    caught: str
    alarms: str


@blueprint.get("/about")
def about() -> str:
    """Say what this does with a text, what it cannot do, and how often it was right."""
    return render_template(
        "about.html",
        card=_measured("both"),
        own=_measured(page_language()),
        version=current_detector().rulebook_hash[:12],
    )


def _measured(row: str) -> Measured | None:
    cells = card_rows().get(row)
    if cells is None:
        return None
    right, caught, _, alarms = (_share(cell) for cell in cells[:4])
    return Measured(_count(cells[0]), right, caught, alarms)


@cache
def card_rows() -> dict[str, tuple[str, ...]]:
    """Return the rows of the card's tables of verdicts by their first cell."""
    card = (files("detector.models") / "card.md").read_text(encoding="utf-8")
    return read_rows(card.splitlines())


def read_rows(lines: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return the cells of each row of measured shares; a name's first row counts."""
    rows: dict[str, tuple[str, ...]] = {}
    for line in lines:
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if len(cells) == 6 and "n=" in cells[1]:
            rows.setdefault(cells[0], tuple(cells[1:]))
    return rows


def _share(cell: str) -> str:
    return str(format_percent(round(float(cell.partition("%")[0])) / 100))


def _count(cell: str) -> int:
    return int(cell.partition("n=")[2].rstrip(")"))
