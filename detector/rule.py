"""Reads rules/ strictly and applies them: data combines the facts that code names.

One TOML file is one rule::

    id = "off-platform-refund"          # = the file's name
    level = "fraudulent"
    title = "Refund outside the platform"
    reason = "One sentence for the reader."
    advice = ["keep-dispute-open"]      # ids of advice.toml
    source = "where the rule comes from"
    when = ["refund-direct"]            # every one of these facts ...
    unless = ["warning"]                # ... at a place that none of these speaks about
    [[hits]]
    text = "…"                          # texts that prove the rule; language and region optional
    [[misses]]
    text = "…"

``unless`` may name a stance, which frees only the places it speaks about, or
any other fact, which then silences the rule for the whole text.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable

from detector.errors import DataError
from detector.signal import NAMES, STANCE_NAMES
from detector.types import Finding, Level, Signal

_KEYS = {
    "id", "level", "title", "reason", "advice", "source", "when", "unless", "hits", "misses",
}  # fmt: skip
_EXAMPLE_KEYS = {"text", "language", "region"}


@dataclass(frozen=True, slots=True)
class Example:
    """A text that proves a rule, with the hints it was pasted with."""

    text: str
    language: str | None = None
    region: str | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One trick, what it is made of, and the texts that prove it.

    ``title``, ``reason`` and ``source`` are English msgids of the catalogues.
    """

    id: str
    level: Level
    title: str
    reason: str
    advice: tuple[str, ...]
    source: str
    when: tuple[str, ...]
    unless: tuple[str, ...]
    hits: tuple[Example, ...]
    misses: tuple[Example, ...]

    def apply(self, signals: Mapping[str, Sequence[Signal]]) -> Finding | None:
        """Return the finding, with the places that fired, or None."""
        stances = STANCE_NAMES.intersection(self.unless)
        if any(name in signals for name in self.unless if name not in stances):
            return None
        spans = []
        for name in self.when:
            live = [s.span for s in signals.get(name, ()) if not s.stances & stances]
            if not live:
                return None
            spans += live
        return Finding(self.id, self.level, "rule", tuple(sorted(set(spans))), self.advice)


class RuleBook:
    """All rules, found by the fact that wakes them."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.rules = tuple(sorted(rules, key=lambda rule: (-rule.level, rule.id)))
        self._by_first: dict[str, list[Rule]] = {}
        for rule in self.rules:
            self._by_first.setdefault(rule.when[0], []).append(rule)

    @classmethod
    def load(cls) -> RuleBook:
        """Read every file of the package's ``rules`` folder."""
        folder = files("detector") / "rules"
        return cls(read_rule(f) for f in folder.iterdir() if f.name.endswith(".toml"))

    def apply(self, signals: Sequence[Signal]) -> list[Finding]:
        """Return what the rules find, the gravest first."""
        by_name: dict[str, list[Signal]] = {}
        for signal in signals:
            by_name.setdefault(signal.name, []).append(signal)
        findings = [
            finding
            for name in by_name
            for rule in self._by_first.get(name, ())
            if (finding := rule.apply(by_name)) is not None
        ]
        findings.sort(key=lambda f: (-f.level, f.spans[0] if f.spans else (0, 0), f.id))
        return findings


def _names(file: str, key: str, value: object, allowed: Iterable[str]) -> tuple[str, ...]:
    known = frozenset(allowed)
    if not isinstance(value, list):
        raise DataError(file, key, "write a list of names")
    for name in value:
        if name not in known:
            raise DataError(file, key, f"{name!r} is no known name; see detector/signal.py")
    return tuple(value)


def _examples(file: str, key: str, value: object) -> tuple[Example, ...]:
    if not isinstance(value, list) or not value:
        raise DataError(file, key, f"write at least one [[{key}]] with a text")
    examples = []
    for table in value:
        if not isinstance(table, dict) or not table.get("text"):
            raise DataError(file, key, "every example needs a text")
        for surplus in set(table) - _EXAMPLE_KEYS:
            raise DataError(file, f"{key}.{surplus}", "unknown key; use text, language, region")
        examples.append(Example(**table))
    return tuple(examples)


def read_rule(source: Traversable) -> Rule:
    """Read one rule file.

    Raises:
        DataError: names the file, the key and the cure.
    """
    file = source.name
    try:
        table = tomllib.loads(source.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DataError(file, "file", f"not valid TOML in UTF-8 ({error})") from error
    for surplus in sorted(set(table) - _KEYS):
        raise DataError(file, surplus, f"unknown key; use {', '.join(sorted(_KEYS))}")
    for missing in sorted(_KEYS - set(table)):
        raise DataError(file, missing, "missing; add it")
    if table["id"] != file.removesuffix(".toml"):
        raise DataError(file, "id", f"must be the file's name, {file.removesuffix('.toml')!r}")
    try:
        level = Level[str(table["level"]).upper()]
    except KeyError:
        raise DataError(file, "level", "use official, suspicious, unofficial, fraudulent") from None
    for key in ("title", "reason", "source"):
        if not isinstance(table[key], str) or not table[key].strip():
            raise DataError(file, key, "write a text")
    when = _names(file, "when", table["when"], NAMES)
    if not when:
        raise DataError(file, "when", "name at least one fact")
    advice = table["advice"]
    if not isinstance(advice, list) or not all(isinstance(a, str) for a in advice):
        raise DataError(file, "advice", "write a list of ids of advice.toml")
    return Rule(
        id=table["id"],
        level=level,
        title=table["title"],
        reason=table["reason"],
        advice=tuple(advice),
        source=table["source"],
        when=when,
        unless=_names(file, "unless", table["unless"], NAMES | STANCE_NAMES),
        hits=_examples(file, "hits", table["hits"]),
        misses=_examples(file, "misses", table["misses"]),
    )
