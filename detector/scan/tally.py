"""Counts of a scan: those of each part, small enough to keep, and all of them together."""

from __future__ import annotations

import datetime
import json
import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from detector.policy import Action
from detector.render import as_object
from detector.scan.judge import Columns, Judged
from detector.types import Level, Verdict

RISK_BINS = 20
WORST = 50
"""Messages that a report shows."""
_EXCERPT = 700
_LONGEST_NAME = 200
_SECONDS = (100_000_000, 10_000_000_000)
"""Numbers between are seconds since 1970 (1973 to 2286), a thousand times them milliseconds."""


@dataclass(slots=True)
class ContactCount:
    """One contact in the messages of some rows."""

    status: str
    messages: int
    first: str
    last: str
    sellers: dict[str, int]


@dataclass(slots=True)
class Tally:
    """What the rows of one part, or of all, come to.

    Attributes:
        days: verdicts by day, where there is a column of dates.
        worst: the gravest messages: row, id, seller, text around the place, result object.
        contacts: by kind and value; empty unless asked for.
        sellers: rows, flagged and fraudulent ones of each; empty unless asked for.
    """

    rows: int = 0
    refused: int = 0
    flagged: int = 0
    verdicts: Counter[str] = field(default_factory=Counter)
    actions: Counter[str] = field(default_factory=Counter)
    findings: Counter[str] = field(default_factory=Counter)
    languages: dict[str, Counter[str]] = field(default_factory=dict)
    risks: list[int] = field(default_factory=lambda: [0] * RISK_BINS)
    days: dict[str, Counter[str]] = field(default_factory=dict)
    worst: list[dict[str, Any]] = field(default_factory=list)
    contacts: dict[tuple[str, str], ContactCount] = field(default_factory=dict)
    sellers: dict[str, list[int]] = field(default_factory=dict)

    def add(
        self,
        judged: Judged,
        number: int,
        action: Action | None,
        columns: Columns,
        language: str | None,
    ) -> None:
        """Count one row.

        Args:
            judged: the row with its verdict or error.
            number: of the row, from 1.
            action: what the policy says, if there is one.
            columns: which hold id, seller and date.
            language: of the reasons among the worst; None keeps no texts, contacts and sellers.
        """
        row, verdict, _ = judged
        self.rows += 1
        if verdict is None:
            self.refused += 1
            return
        label = verdict.level.label
        is_flagged = verdict.level > Level.OFFICIAL
        self.flagged += is_flagged
        self.verdicts[label] += 1
        if action is not None:
            self.actions[action.label] += 1
        for finding in verdict.findings:
            self.findings[f"{finding.id} {finding.origin}"] += 1
        self.languages.setdefault(verdict.language, Counter())[label] += 1
        self.risks[min(int(verdict.risk * RISK_BINS), RISK_BINS - 1)] += 1
        if language is None:
            return
        seen = _date(row.fields.get(columns.date)) if columns.date else ""
        if seen:
            self.days.setdefault(seen[:10], Counter())[label] += 1
        seller = _named(row.fields.get(columns.seller)) if columns.seller else ""
        if seller:
            counts = self.sellers.setdefault(seller, [0, 0, 0])
            counts[0] += 1
            counts[1] += is_flagged
            counts[2] += verdict.level == Level.FRAUDULENT
        self._add_contacts(verdict, seen or f"row {number:012d}", seller)
        if is_flagged:
            row_id = _named(row.fields.get(columns.row_id)) if columns.row_id else ""
            self._add_worst(verdict, number, row_id, seller, language)

    def _add_contacts(self, verdict: Verdict, seen: str, seller: str) -> None:
        for contact in {(c.kind, c.value): c for c in verdict.contacts}.values():
            key = (contact.kind, contact.value)
            count = self.contacts.get(key)
            if count is None:
                count = self.contacts[key] = ContactCount(contact.status, 0, seen, seen, {})
            count.messages += 1
            count.first, count.last = min(count.first, seen), max(count.last, seen)
            if seller:
                count.sellers[seller] = count.sellers.get(seller, 0) + 1

    def _add_worst(
        self, verdict: Verdict, number: int, row_id: str, seller: str, language: str
    ) -> None:
        key = (int(verdict.level), verdict.risk)
        if len(self.worst) >= WORST and key <= _gravity(self.worst[-1]):
            return
        spans = [span for finding in verdict.findings for span in finding.spans]
        start = max(0, min((s for s, _ in spans), default=0) - _EXCERPT // 4)
        self.worst.append(
            {
                "row": number, "id": row_id, "seller": seller, "level": int(verdict.level),
                "risk": verdict.risk, "start": start, "text": verdict.text[start:start + _EXCERPT],
                "is_cut": len(verdict.text) > start + _EXCERPT,
                "check": as_object(verdict, language),
            }
        )  # fmt: skip
        self._keep_worst()

    def _keep_worst(self) -> None:
        self.worst.sort(key=lambda one: (-one["level"], -one["risk"], one["row"]))
        del self.worst[WORST:]

    def merge(self, other: Tally) -> None:
        """Add the counts of a later part; its contacts and sellers are left to the index."""
        self.rows += other.rows
        self.refused += other.refused
        self.flagged += other.flagged
        self.verdicts.update(other.verdicts)
        self.actions.update(other.actions)
        self.findings.update(other.findings)
        for language, counts in other.languages.items():
            self.languages.setdefault(language, Counter()).update(counts)
        for day, counts in other.days.items():
            self.days.setdefault(day, Counter()).update(counts)
        self.risks = [a + b for a, b in zip(self.risks, other.risks, strict=True)]
        self.worst += other.worst
        self._keep_worst()

    def as_json(self) -> bytes:
        """Return the counts as they are kept beside a finished part."""
        table = {field.name: getattr(self, field.name) for field in fields(self)}
        table["contacts"] = [[*key, asdict(count)] for key, count in self.contacts.items()]
        return json.dumps(table, ensure_ascii=False).encode("utf-8", "surrogatepass")

    @classmethod
    def from_json(cls, content: bytes) -> Tally:
        """Read what :meth:`as_json` wrote."""
        table = json.loads(content.decode("utf-8", "surrogatepass"))
        for name in ("verdicts", "actions", "findings"):
            table[name] = Counter(table[name])
        for name in ("languages", "days"):
            table[name] = {key: Counter(counts) for key, counts in table[name].items()}
        table["contacts"] = {
            (kind, value): ContactCount(**count) for kind, value, count in table["contacts"]
        }
        return cls(**table)


def _gravity(one: dict[str, Any]) -> tuple[int, float]:
    return one["level"], one["risk"]


def _named(value: object) -> str:
    return "" if value is None else str(value)[:_LONGEST_NAME]


def _date(value: object) -> str:
    """Return a date and time so that order is that of time, or nothing where there is none."""
    if isinstance(value, (datetime.datetime, datetime.date)):
        return value.isoformat()
    if isinstance(value, str):
        try:
            return datetime.datetime.fromisoformat(value.strip()).isoformat()
        except ValueError:
            value = int(value) if value.strip().isdecimal() and len(value) < 16 else None
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        for scale in (1, 1000):
            if _SECONDS[0] <= value / scale < _SECONDS[1]:
                moment = datetime.datetime.fromtimestamp(value / scale, datetime.UTC)
                return moment.replace(tzinfo=None).isoformat()
    return ""


# --- all contacts and sellers --------------------------------------------------------------

_TABLES = """
CREATE TABLE contact (kind TEXT, value TEXT, status TEXT, messages INTEGER, first TEXT, last TEXT,
    PRIMARY KEY (kind, value)) WITHOUT ROWID;
CREATE TABLE used (kind TEXT, value TEXT, seller TEXT, messages INTEGER,
    PRIMARY KEY (kind, value, seller)) WITHOUT ROWID;
CREATE TABLE seller (name TEXT PRIMARY KEY, rows INTEGER, flagged INTEGER, fraudulent INTEGER)
    WITHOUT ROWID;
"""
CONTACTS_HEADER = ("kind", "value", "status", "messages", "sellers", "first_seen", "last_seen")


@dataclass(frozen=True, slots=True)
class Shared:
    """A contact, how many sellers use it, and the first of them with their messages."""

    kind: str
    value: str
    status: str
    count: int
    sellers: Sequence[tuple[str, int]]


class ContactIndex:
    """Contacts and sellers of any number of parts, on disk: exact, and small in memory."""

    def __init__(self, path: Path) -> None:
        path.unlink(missing_ok=True)
        self._base = sqlite3.connect(path)
        self._base.execute("PRAGMA journal_mode = OFF")
        self._base.execute("PRAGMA synchronous = OFF")
        self._base.executescript(_TABLES)

    def add(self, tally: Tally) -> None:
        """Add the contacts and sellers of a part."""
        with self._base:
            self._base.executemany(
                "INSERT INTO contact VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
                " messages = messages + excluded.messages, first = min(first, excluded.first),"
                " last = max(last, excluded.last)",
                [
                    (_stored(k), _stored(v), c.status, c.messages, _stored(c.first), c.last)
                    for (k, v), c in tally.contacts.items()
                ],
            )
            self._base.executemany(
                "INSERT INTO used VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
                " messages = messages + excluded.messages",
                [
                    (k, _stored(v), _stored(seller), count)
                    for (k, v), c in tally.contacts.items()
                    for seller, count in c.sellers.items()
                ],
            )
            self._base.executemany(
                "INSERT INTO seller VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
                " rows = rows + excluded.rows, flagged = flagged + excluded.flagged,"
                " fraudulent = fraudulent + excluded.fraudulent",
                [(_stored(name), *counts) for name, counts in tally.sellers.items()],
            )

    def contacts(self) -> Iterator[tuple[Any, ...]]:
        """Yield the cells of ``CONTACTS_HEADER`` for each contact, the most used first."""
        rows = self._base.execute(
            "SELECT kind, value, status, messages, (SELECT count(*) FROM used WHERE"
            " used.kind = contact.kind AND used.value = contact.value) AS sellers, first, last"
            " FROM contact ORDER BY messages DESC, kind, value"
        )
        for *cells, first, last in rows:
            yield *cells, _seen(first), _seen(last)

    def sellers(self, most: int) -> list[tuple[str, int, int, int]]:
        """Return name, rows, flagged and fraudulent of the sellers that stand out."""
        return self._base.execute(
            "SELECT name, rows, flagged, fraudulent FROM seller WHERE flagged > 0"
            " ORDER BY 1.0 * fraudulent / rows DESC, 1.0 * flagged / rows DESC, rows DESC, name"
            " LIMIT ?",
            (most,),
        ).fetchall()

    def shared(self, most: int) -> list[Shared]:
        """Return the contacts that several sellers use, those of most sellers first."""
        found = self._base.execute(
            "SELECT u.kind, u.value, c.status, count(*) AS n FROM used u JOIN contact c"
            " ON u.kind = c.kind AND u.value = c.value WHERE c.status <> 'official'"
            " GROUP BY u.kind, u.value HAVING n > 1"
            " ORDER BY n DESC, c.messages DESC, u.kind, u.value LIMIT ?",
            (most,),
        ).fetchall()
        return [
            Shared(kind, value, status, count, self._base.execute(
                "SELECT seller, messages FROM used WHERE kind = ? AND value = ?"
                " ORDER BY messages DESC, seller LIMIT ?", (kind, value, most),
            ).fetchall())
            for kind, value, status, count in found
        ]  # fmt: skip

    def close(self) -> None:
        """Close the file."""
        self._base.close()


def _stored(text: str) -> str:
    # Half a surrogate pair has no place in a database.
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def _seen(told: str) -> str:
    return f"row {int(told[4:])}" if told.startswith("row ") else told
