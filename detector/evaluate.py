"""Measures rules, classifier and both on labelled messages: the tables of the card."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from detector.dataset import Labelled
from detector.detector import Detector
from detector.types import Level, Message, Verdict

_Z = 1.96  # 95 % of a normal distribution


@dataclass(frozen=True, slots=True)
class Share:
    """A share of cases with its Wilson score interval (Wilson 1927)."""

    hits: int
    total: int

    @property
    def value(self) -> float:
        """The share; 0 without cases."""
        return self.hits / self.total if self.total else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """Lower and upper end, 95 %."""
        if not self.total:
            return 0.0, 1.0
        n, p = self.total, self.value
        middle = (p + _Z**2 / (2 * n)) / (1 + _Z**2 / n)
        half = _Z * math.sqrt(p * (1 - p) / n + _Z**2 / (4 * n**2)) / (1 + _Z**2 / n)
        return max(0.0, middle - half), min(1.0, middle + half)

    def __str__(self) -> str:
        if not self.total:
            return "–"
        low, high = self.interval
        return f"{self.value:.1%} ({low:.1%}–{high:.1%}, n={self.total})"


@dataclass(frozen=True, slots=True)
class Outcome:
    """A labelled message and the level it was given."""

    message: Labelled
    level: Level
    risk: float

    @property
    def is_flagged(self) -> bool:
        """Whether it was called suspicious or graver."""
        return self.level >= Level.SUSPICIOUS

    @property
    def is_right(self) -> bool:
        """Whether the level is the one of the label; a clear message may be official."""
        wanted = self.message.level
        return self.level == wanted or (wanted == Level.CLEAR and self.level == Level.OFFICIAL)


MEASURES: dict[str, Callable[[Outcome], bool | None]] = {
    "verdict right": lambda o: o.is_right,
    "fraud called fraudulent": lambda o: (
        o.level == Level.FRAUDULENT if o.message.level == Level.FRAUDULENT else None
    ),
    "must-flag flagged": lambda o: o.is_flagged if o.message.level > Level.CLEAR else None,
    "clear flagged": lambda o: o.is_flagged if o.message.level == Level.CLEAR else None,
    "clear called fraudulent": lambda o: (
        o.level == Level.FRAUDULENT if o.message.level == Level.CLEAR else None
    ),
}
"""What is counted; None leaves a message out."""


def measure(outcomes: Iterable[Outcome]) -> dict[str, Share]:
    """Return every measure over some outcomes."""
    kept = list(outcomes)
    shares = {}
    for name, count in MEASURES.items():
        told = [hit for outcome in kept if (hit := count(outcome)) is not None]
        shares[name] = Share(sum(told), len(told))
    return shares


def judge_all(detector: Detector, messages: Sequence[Labelled]) -> list[Outcome]:
    """Return the outcome of each message, all of them classified as a file is."""
    verdicts = detector.check_many([Message(m.text) for m in messages])
    return [
        Outcome(message, verdict.level, verdict.risk)
        for message, verdict in zip(messages, verdicts, strict=True)
    ]


def model_alone(detector: Detector, messages: Sequence[Labelled]) -> list[Outcome]:
    """Return the outcome of each message with no rule asked."""
    outcomes = []
    for message, scores in zip(messages, detector.scores([m.text for m in messages]), strict=True):
        finding = detector.model and detector.model.finding(scores)
        level = finding.level if finding else Level.CLEAR
        outcomes.append(Outcome(message, level, 1.0 - dict(scores.intents)["clear"]))
    return outcomes


def by(key: Callable[[Labelled], str], outcomes: Iterable[Outcome]) -> dict[str, list[Outcome]]:
    """Return outcomes by language, intent or scenario, keys in order."""
    groups: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        groups.setdefault(key(outcome.message), []).append(outcome)
    return dict(sorted(groups.items()))


def calibration_error(outcomes: Sequence[Outcome], bins: int = 10) -> float:
    """Return the expected calibration error of ``risk`` (Naeini 2015), bins of equal width."""
    total = 0.0
    for number in range(bins):
        inside = [
            o
            for o in outcomes
            if number / bins <= o.risk < (number + 1) / bins
            or (o.risk == 1.0 and number == bins - 1)
        ]
        if inside:
            truth = sum(o.message.level > Level.CLEAR for o in inside) / len(inside)
            told = sum(o.risk for o in inside) / len(inside)
            total += abs(truth - told) * len(inside)
    return total / len(outcomes) if outcomes else 0.0


def markdown(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table as Markdown."""
    lines = ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines)


def table(groups: Mapping[str, Sequence[Outcome]], name: str) -> str:
    """Return one row a group with every measure."""
    rows = [
        [key, *(str(share) for share in measure(outcomes).values())]
        for key, outcomes in groups.items()
    ]
    return markdown([name, *MEASURES], rows)


def verdicts_of(detector: Detector, texts: Sequence[str]) -> list[Verdict]:
    """Return the verdicts of plain texts."""
    return list(detector.check_many([Message(text) for text in texts]))
