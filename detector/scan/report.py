"""A scan as one page for reading: counts, the worst messages, the rings behind them.

The page is one file: no script, nothing from elsewhere, and contacts covered unless asked for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from detector.intent import intents
from detector.policy import Action
from detector.rule import RuleBook
from detector.scan.table import writing
from detector.scan.tally import RISK_BINS, ContactIndex, Shared, Tally
from detector.types import Level

COVER = "•"
_LEVELS = [level.label for level in reversed(Level)]
_SHARED = 30
_SELLERS = 30
_PICTURED = 8
_PICTURED_SELLERS = 24
_DAYS = 60
_LINE = 22
_KEPT = 3


@dataclass(frozen=True, slots=True)
class Bar:
    """A row of a table with a bar: its name, how many, and their share of the largest (0 to 1)."""

    name: str
    title: str
    count: int
    share: float


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a message, marked where a reason points at it."""

    text: str
    is_marked: bool


def write_report(
    path: str, tally: Tally, index: ContactIndex, source: str, *, is_masked: bool
) -> None:
    """Write the report of a scan, one self-contained HTML file.

    Args:
        path: file to write.
        tally: counts of all rows, with the gravest messages.
        index: contacts and sellers.
        source: name of the file that was scanned.
        is_masked: whether contacts are covered.

    Raises:
        InputError: the file cannot be written.
    """
    with writing(path) as stream:
        page = as_html(tally, index, source, is_masked=is_masked)
        stream.write(page.encode("utf-8", "replace"))


def as_html(tally: Tally, index: ContactIndex, source: str, *, is_masked: bool) -> str:
    """Return the report as HTML; the arguments are those of :func:`write_report`."""
    pages = Environment(
        loader=PackageLoader("detector"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    titles = {rule.id: rule.title for rule in RuleBook.load().rules}
    titles |= {name: intent.reason for name, intent in intents().items() if name not in titles}
    shared = [
        replace(one, value=covered(one.value)) if is_masked else one
        for one in index.shared(_SHARED)
    ]
    return pages.get_template("report.html").render(
        source=source.rpartition("/")[2],
        tally=tally,
        judged=tally.rows - tally.refused,
        verdicts=bars((level, tally.verdicts[level]) for level in _LEVELS),
        actions=bars((a.label, tally.actions[a.label]) for a in reversed(Action))
        if tally.actions
        else [],
        findings=_finding_bars(tally.findings, titles),
        languages=_language_rows(tally.languages),
        risks=bars((f"{n / RISK_BINS:.2f}", count) for n, count in enumerate(tally.risks)),
        days=_day_rows(tally.days),
        worst=[_message(one, is_masked=is_masked) for one in tally.worst],
        shared=shared,
        sellers=index.sellers(_SELLERS),
        picture=_picture(shared[:_PICTURED]),
        is_masked=is_masked,
    )


def covered(value: str) -> str:
    """Return a contact with its middle covered: enough to tell two apart, too little to use."""
    network, colon, name = value.rpartition(":")
    if colon:
        sign = "@" if name.startswith("@") else ""
        return f"{network}:{sign}{covered(name.removeprefix('@'))}"
    kept = min(_KEPT, len(value) // 4)
    inner = "".join(COVER if c.isalnum() else c for c in value[kept : len(value) - kept])
    return value[:kept] + inner + value[len(value) - kept :]


def bars(counts: Iterable[tuple[str, int]], titles: Mapping[str, str] | None = None) -> list[Bar]:
    """Return named counts with their share of the largest."""
    rows = list(counts)
    largest = max((count for _, count in rows), default=0) or 1
    return [Bar(n, (titles or {}).get(n, ""), count, count / largest) for n, count in rows]


def _finding_bars(findings: Counter[str], titles: Mapping[str, str]) -> list[tuple[Bar, str]]:
    ordered = sorted(findings.items(), key=lambda item: (-item[1], item[0]))
    rows = bars(ordered)
    told = []
    for row in rows:
        name, origin = row.name.rsplit(" ", 1)
        title = titles.get(name, "").replace("{marketplace}", "the marketplace")
        told.append((Bar(name, title, row.count, row.share), origin))
    return told


def _language_rows(languages: Mapping[str, Counter[str]]) -> list[tuple[str, int, Counter[str]]]:
    rows = [(name, sum(counts.values()), counts) for name, counts in languages.items()]
    return sorted(rows, key=lambda row: (-row[1], row[0]))


def _day_rows(days: Mapping[str, Counter[str]]) -> list[tuple[str, int, int, float]]:
    """Return day (or month, when there are many), messages, flagged ones and their share."""
    if len(days) > _DAYS:
        months: dict[str, Counter[str]] = {}
        for day, counts in days.items():
            months.setdefault(day[:7], Counter()).update(counts)
        days = months
    rows = []
    for day, counts in sorted(days.items()):
        total = sum(counts.values())
        flagged = total - counts["clear"] - counts["official"]
        rows.append((day, total, flagged, flagged / total))
    return rows[-_DAYS:]


def _message(one: Mapping[str, Any], *, is_masked: bool) -> dict[str, Any]:
    check = one["check"]
    start, text = one["start"], one["text"]
    contacts = [c for c in check["contacts"] if c["status"] != "official"]
    characters = list(text)
    if is_masked:
        for contact in contacts:
            for place in range(contact["start"] - start, contact["end"] - start):
                if 0 <= place < len(characters) and not characters[place].isspace():
                    characters[place] = COVER
    values = [c[name] for c in contacts for name in ("value", "text")] if is_masked else []
    spans = [(s - start, e - start) for f in check["findings"] for s, e in f["spans"]]
    return {
        "row": one["row"],
        "id": one["id"],
        "seller": one["seller"],
        "verdict": check["verdict"],
        "risk": one["risk"],
        "is_begun": start > 0,
        "is_cut": one["is_cut"],
        "pieces": _pieces("".join(characters), spans),
        "reasons": [_without(finding["reason"], values) for finding in check["findings"]],
    }


def _without(sentence: str, values: Sequence[str]) -> str:
    for value in sorted(values, key=len, reverse=True):
        sentence = sentence.replace(value, covered(value))
    return sentence


def _pieces(text: str, spans: Sequence[tuple[int, int]]) -> list[Piece]:
    inside = [(max(0, s), min(len(text), e)) for s, e in spans if s < len(text) and e > 0]
    cuts = sorted({0, len(text)}.union(*inside))
    return [Piece(text[a:b], any(s <= a and b <= e for s, e in inside)) for a, b in pairwise(cuts)]


def _picture(shared: Sequence[Shared]) -> dict[str, Any]:
    """Return the places of a picture: sellers on the left, the contacts they share on the right."""
    names = list(dict.fromkeys(s for one in shared for s, _ in one.sellers))
    names = names[:_PICTURED_SELLERS]
    height = _LINE * (max(len(names), len(shared)) + 1)

    def place(number: int, count: int) -> float:
        return round(height * (number + 1) / (count + 1), 1)

    left = {name: place(number, len(names)) for number, name in enumerate(names)}
    right = [
        (
            one.value if one.kind == "handle" else f"{one.kind} {one.value}",
            place(number, len(shared)),
        )
        for number, one in enumerate(shared)
    ]
    lines = [
        (left[name], right[number][1])
        for number, one in enumerate(shared)
        for name, _ in one.sellers
        if name in left
    ]
    return {"height": height, "left": left, "right": right, "lines": lines}
