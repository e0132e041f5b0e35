"""What a platform tells a sender whose message it acts on: a statement of reasons.

Regulation (EU) 2022/2065 (Digital Services Act), Article 17(3): the restriction, the facts,
the use of automated means, the legal or contractual ground with its explanation, and redress.
"""

from __future__ import annotations

from typing import Any

from detector.policy import Action, Policy
from detector.render import finding_sentence
from detector.translate import choose, translate
from detector.types import Verdict

HEADER = ("row", "id", "seller", "language", "action", "rules", "statement")
RESTRICTIONS: dict[Action, str] = {
    Action.BLOCK: "Your message was not delivered.",
    Action.MASK: "Contacts in your message were covered before it was delivered.",
    Action.REVIEW: "Your message is waiting for a person to look at it.",
}
_QUOTED = 200


def statement(
    verdict: Verdict, action: Action, policy: Policy, language: str | None = None
) -> dict[str, Any]:
    """Return the statement of reasons for one message.

    Args:
        verdict: of the message; it has findings.
        action: more than ``allow``.
        policy: who decides, and where to complain.
        language: of the seller; None takes that of the message.

    Returns:
        language, rules and the statement as plain text.
    """
    chosen = choose(language, verdict.language)
    lines = [translate(RESTRICTIONS[action], chosen)]
    if policy.name:
        lines.append(translate("Decided by: {name}.", chosen, name=policy.name))
    for finding in verdict.findings:
        reason, source = finding_sentence(verdict, finding, chosen)
        lines.append(translate("Reason: {reason}", chosen, reason=reason))
        quotes = [verdict.text[start:end][:_QUOTED] for start, end in finding.spans]
        if quotes:
            told = " … ".join(f"“{' '.join(quote.split())}”" for quote in dict.fromkeys(quotes))
            lines.append(translate("The place in your message: {quotes}", chosen, quotes=told))
        lines.append(
            translate("Ground: rule {rule}; {source}", chosen, rule=finding.id, source=source)
        )
    lines.append(
        translate(
            "The message was found and judged by automated means (rules {rulebook},"
            " classifier {model}).",
            chosen,
            rulebook=verdict.rulebook,
            model=verdict.model,
        )
    )
    lines.append(
        translate(
            "If you think this is wrong, you can complain to the platform free of charge within"
            " six months, turn to a certified body for out-of-court settlement, or go to court.",
            chosen,
        )
    )
    if policy.redress:
        lines.append(translate("Complain here: {place}", chosen, place=policy.redress))
    rules = " ".join(finding.id for finding in verdict.findings)
    return {"language": chosen, "rules": rules, "statement": "\n".join(lines)}
