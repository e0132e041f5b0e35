"""Findings and scores become a verdict: the only policy there is.

It is monotone: a further finding never lowers a verdict, and neither rules nor
the classifier can take back what the other has found.
"""

from __future__ import annotations

from collections.abc import Sequence

from detector.intent import CLEAR, intents
from detector.types import Finding, Level, Scores

# The share of messages of a verdict on which a moderator acts, rounded; it grows with
# independent findings.
_RISK = {
    Level.CLEAR: 0.02,
    Level.OFFICIAL: 0.05,
    Level.SUSPICIOUS: 0.55,
    Level.UNOFFICIAL: 0.75,
    Level.FRAUDULENT: 0.95,
}
_FURTHER = 0.3
"""Share of the way to the next level's risk that each further finding of a level goes."""

_ADVICE = {
    Level.CLEAR: ("nothing-found",),
    Level.OFFICIAL: ("sender-can-be-faked",),
    Level.SUSPICIOUS: ("order-chat", "report-message"),
    Level.UNOFFICIAL: ("online-service-chat", "report-message"),
    Level.FRAUDULENT: ("online-service-chat", "report-message", "already-paid"),
}


def decide_model(
    scores: Scores,
    suspicious: float,
    grave: float,
    beside: float,
    findings: Sequence[Finding] = (),
) -> Finding | None:
    """Return what the classifier adds to the findings of the rules, or None.

    Args:
        scores: its probabilities.
        suspicious: the probability of not being clear that makes a text suspicious.
        grave: the probability of intents graver than that, above which theirs is the verdict.
        beside: the probability of fraud that is enough where a rule has flagged the text.
        findings: what the rules have found; the classifier adds only what is graver.
    """
    chances = dict(scores.intents)
    unclear = 1.0 - chances[CLEAR]
    known = decide_level(findings)
    heavy = {i: p for i, p in chances.items() if intents()[i].level > Level.SUSPICIOUS}
    frauds = {i: p for i, p in heavy.items() if intents()[i].level == Level.FRAUDULENT}
    if known >= Level.SUSPICIOUS and sum(frauds.values()) >= beside:
        chosen = intents()[max(frauds, key=frauds.__getitem__)]
        level = chosen.level
    elif sum(heavy.values()) >= grave:
        chosen = intents()[max(heavy, key=heavy.__getitem__)]
        level = chosen.level
    elif unclear >= suspicious:
        del chances[CLEAR]
        chosen = intents()[max(chances, key=chances.__getitem__)]
        level = Level.SUSPICIOUS
    else:
        return None
    if level <= known:
        return None
    return Finding(chosen.id, level, "model", scores.spans, chosen.advice, scores.example)


def decide_level(findings: Sequence[Finding]) -> Level:
    """Return the gravest level found, ``CLEAR`` without findings."""
    if not findings:
        return Level.CLEAR
    return max(finding.level for finding in findings)


def decide_risk(findings: Sequence[Finding]) -> float:
    """Return the probability that a careful moderator would act on a text.

    This is what the findings alone tell; where the classifier has read the text,
    :meth:`detector.model.Model.risk` is calibrated and takes its place.
    """
    if not findings:
        return _RISK[Level.CLEAR]
    level = decide_level(findings)
    risk = _RISK[level]
    further = sum(finding.level == level for finding in findings) - 1
    if level > Level.OFFICIAL and further > 0:
        graver = _RISK[Level(level + 1)] if level < Level.FRAUDULENT else 1.0
        risk += (graver - risk) * (1.0 - (1.0 - _FURTHER) ** further)
    return round(risk, 4)


def decide_advice(findings: Sequence[Finding]) -> tuple[str, ...]:
    """Return the ids of what to do now: first that of the gravest findings, then the usual way."""
    if not findings:
        return _ADVICE[Level.CLEAR]
    level = decide_level(findings)
    chosen: dict[str, None] = {}
    for finding in findings:
        if finding.level == level or finding.level >= Level.SUSPICIOUS:
            chosen.update(dict.fromkeys(finding.advice))
    chosen.update(dict.fromkeys(_ADVICE[level]))
    return tuple(chosen)
