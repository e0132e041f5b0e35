"""What a moderator does about a verdict: a TOML file of actions, thresholds and allowed contacts.

::

    name = "Example Market"                # who decides; named in statements of reasons
    redress = "https://…"                  # where to complain; optional

    [verdicts]                             # by the level of a finding
    fraudulent = "block"
    unofficial = "mask"
    suspicious = { action = "review", from_risk = 0.5 }

    [rules]                                # by rule or intent; wins over the level
    leave-chat = "review"

    [allow]
    contacts = ["+442071838750"]           # in normal form, as scans write them
    domains = ["example.org"]              # with all names below them

Each finding asks for one action and the strongest is taken. A message without a finding is
always allowed.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from importlib.resources import files
from pathlib import Path
from typing import Any

from detector.errors import InputError
from detector.intent import intents
from detector.rule import RuleBook
from detector.types import Contact, Finding, Level, Verdict

_LEVELS = ("suspicious", "unofficial", "fraudulent")
_KEYS = ("name", "redress", "verdicts", "rules", "allow")
_LONGEST = 1_000_000
MASK = "*"


class Action(IntEnum):
    """What is done about a message; a larger value is stronger."""

    ALLOW = 0
    REVIEW = 1
    MASK = 2
    BLOCK = 3

    @property
    def label(self) -> str:
        """The word that files use."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Step:
    """An action, and the risk from which it is taken."""

    action: Action
    from_risk: float = 0.0


@dataclass(frozen=True, slots=True)
class Policy:
    """Actions by level and by rule, and the contacts that count as the platform's own."""

    name: str = ""
    redress: str = ""
    verdicts: Mapping[str, Step] = field(default_factory=dict)
    rules: Mapping[str, Step] = field(default_factory=dict)
    contacts: frozenset[str] = frozenset()
    domains: frozenset[str] = frozenset()
    hash: str = ""

    def action(self, verdict: Verdict) -> Action:
        """Return the strongest action that a finding of the verdict asks for."""
        return max(
            (self._action_of(finding, verdict.risk) for finding in verdict.findings),
            default=Action.ALLOW,
        )

    def _action_of(self, finding: Finding, risk: float) -> Action:
        step = self.rules.get(finding.id) or self.verdicts.get(finding.level.label)
        return step.action if step is not None and risk >= step.from_risk else Action.ALLOW

    def is_allowed(self, contact: Contact) -> bool:
        """Tell whether a contact is on the list of allowed ones."""
        if contact.value.casefold() in self.contacts:
            return True
        host = contact.value.rpartition("@")[2] if contact.kind == "email" else contact.value
        if contact.kind not in {"email", "url"}:
            return False
        labels = host.split(".")
        return any(".".join(labels[at:]) in self.domains for at in range(len(labels)))


def masked(verdict: Verdict, policy: Policy | None = None) -> str:
    """Return the text with the letters and digits of contacts and accounts covered.

    Its length stays, so that places found in the text still hold. Official and allowed
    contacts stay readable.
    """
    characters = list(verdict.text)
    for contact in verdict.contacts:
        if contact.status == "official" or (policy is not None and policy.is_allowed(contact)):
            continue
        for place in range(contact.start, contact.end):
            if not characters[place].isspace():
                characters[place] = MASK
    return "".join(characters)


def default_policy() -> Policy:
    """Return the policy of the package: block fraud, cover contacts, have the rest looked at."""
    source = files("detector") / "policy.toml"
    return _policy(source.read_bytes(), source.name)


def read_policy(path: str) -> Policy:
    """Read a policy file.

    Raises:
        InputError: it cannot be used; the sentence names the key and the cure.
    """
    try:
        with Path(path).open("rb") as stream:
            content = stream.read(_LONGEST + 1)
    except OSError as error:
        raise InputError(
            "missing-file", "The policy {name!r} cannot be read ({why}); check its name.",
            name=path, why=error.strerror or "unknown reason",
        ) from error  # fmt: skip
    if len(content) > _LONGEST:
        raise InputError(
            "bad-policy", "The policy {name!r} is longer than {limit} bytes; shorten it.",
            name=path, limit=str(_LONGEST),
        )  # fmt: skip
    return _policy(content, path)


def _refuse(file: str, key: str, cure: str) -> InputError:
    return InputError(
        "bad-policy", "The policy {name!r}: {key}: {cure}.", name=file, key=key, cure=cure
    )


def _policy(content: bytes, file: str) -> Policy:
    try:
        table = tomllib.loads(content.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _refuse(file, "file", f"it is not valid TOML in UTF-8 ({error})") from error
    for key in table:
        if key not in _KEYS:
            raise _refuse(file, key, f"unknown key, use {', '.join(_KEYS)}")
    known = {rule.id for rule in RuleBook.load().rules} | set(intents())
    allow = _table(file, "allow", table.get("allow", {}), ("contacts", "domains"))
    return Policy(
        name=_text(file, "name", table.get("name", "")),
        redress=_text(file, "redress", table.get("redress", "")),
        verdicts=_steps(file, "verdicts", table.get("verdicts", {}), _LEVELS),
        rules=_steps(file, "rules", table.get("rules", {}), sorted(known)),
        contacts=_values(file, "allow.contacts", allow.get("contacts", [])),
        domains=frozenset(
            value.removeprefix("www.").strip(".")
            for value in _values(file, "allow.domains", allow.get("domains", []))
        ),
        hash=hashlib.sha256(content).hexdigest()[:16],
    )


def _text(file: str, key: str, value: object) -> str:
    if not isinstance(value, str):
        raise _refuse(file, key, "write a text")
    return value


def _table(file: str, key: str, value: object, known: Sequence[str]) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _refuse(file, key, f"write a table, [{key}]")
    for name in value:
        if name not in known:
            raise _refuse(file, f"{key}.{name}", f"unknown, use one of {', '.join(known)}")
    return value


def _steps(file: str, key: str, value: object, known: Sequence[str]) -> dict[str, Step]:
    return {
        name: _step(file, f"{key}.{name}", told)
        for name, told in _table(file, key, value, known).items()
    }


def _step(file: str, key: str, told: object) -> Step:
    table = {"action": told} if isinstance(told, str) else told
    table = _table(file, key, table, ("action", "from_risk"))
    actions = {action.label: action for action in Action}
    if table.get("action") not in actions:
        raise _refuse(file, key, f"write an action, one of {', '.join(actions)}")
    risk = table.get("from_risk", 0.0)
    if isinstance(risk, bool) or not isinstance(risk, (int, float)) or not 0 <= risk <= 1:
        raise _refuse(file, f"{key}.from_risk", "write a number from 0 to 1")
    return Step(actions[table["action"]], float(risk))


def _values(file: str, key: str, value: object) -> frozenset[str]:
    if not isinstance(value, list) or not all(isinstance(v, str) and v.strip() for v in value):
        raise _refuse(file, key, "write a list of texts")
    return frozenset(v.strip().casefold() for v in value)


def described(policy: Policy) -> list[str]:
    """Return what a policy does, one sentence a line."""
    lines = []
    for level in reversed(_LEVELS):
        step = policy.verdicts.get(level)
        lines.append(f"{Level[level.upper()].label}: {_told(step)}")
    lines += [f"rule {name}: {_told(step)}" for name, step in sorted(policy.rules.items())]
    lines.append(f"allowed contacts: {len(policy.contacts)}, domains: {len(policy.domains)}")
    return lines


def _told(step: Step | None) -> str:
    if step is None:
        return Action.ALLOW.label
    return step.action.label + (f" from risk {step.from_risk:g}" if step.from_risk else "")
