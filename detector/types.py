"""The shapes that travel from a pasted text to a verdict. No logic lives here."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Literal

Span = tuple[int, int]
"""Start and end as code point offsets, end exclusive."""

ContactKind = Literal["phone", "email", "url", "handle", "iban", "card", "wallet", "pix"]
Status = Literal["official", "unofficial", "lookalike", "premium", "unknown"]
Origin = Literal["rule", "model"]
Subject = Literal["contact", "message"]


class Level(IntEnum):
    """How grave a finding or a verdict is; a larger value is graver."""

    CLEAR = 0
    OFFICIAL = 1
    SUSPICIOUS = 2
    UNOFFICIAL = 3
    FRAUDULENT = 4

    @property
    def label(self) -> str:
        """The word the contract uses, for instance ``"fraudulent"``."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Message:
    """One text to judge, with what the sender of the request knows about it."""

    text: str
    language: str | None = None
    """A hint (ISO 639-1); the text itself is believed more."""
    region: str | None = None
    """ISO 3166 code whose national numbers are read, for instance ``"PL"``."""


@dataclass(frozen=True, slots=True)
class Note:
    """A remark on a contact: an id that has a sentence in every language, and its values."""

    id: str
    values: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """What a finder saw, in offsets of the folded text.

    ``kind=None`` claims a number that is no contact (an order number, a date),
    so that no later finder reads it as one.
    """

    kind: ContactKind | None
    value: str
    start: int
    end: int
    region: str | None = None
    status: Status = "unknown"
    notes: tuple[Note, ...] = ()
    traits: frozenset[str] = frozenset()
    """Named facts for the signals, for instance ``premium-phone``, ``short-link``."""


@dataclass(frozen=True, slots=True)
class Contact:
    """A contact in the text as pasted: ``text == pasted[start:end]``."""

    kind: ContactKind
    value: str
    text: str
    start: int
    end: int
    region: str | None
    status: Status
    notes: tuple[Note, ...] = ()
    traits: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Signal:
    """A named fact that a rule may ask for, seen at one place of the pasted text.

    ``stances`` are the names of what the text says about this place (it warns
    of it, forbids it, tells of it as over); a rule's ``unless`` may name them.
    """

    name: str
    span: Span
    stances: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Finding:
    """One reason of a verdict. ``id`` has a sentence in every language."""

    id: str
    level: Level
    origin: Origin
    spans: tuple[Span, ...]
    advice: tuple[str, ...] = ()
    example: str | None = None
    """The labelled message this one reads like; only the model gives one."""


@dataclass(frozen=True, slots=True)
class Scores:
    """What a classifier says of one message: a probability for each intent (they sum to 1)."""

    intents: tuple[tuple[str, float], ...]
    spans: tuple[Span, ...] = ()
    example: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer. It holds ids, never sentences: the language is chosen when it is rendered."""

    text: str
    level: Level
    risk: float
    language: str
    subject: Subject
    contacts: tuple[Contact, ...]
    findings: tuple[Finding, ...]
    advice: tuple[str, ...]
    rulebook: str
    model: str
    marketplace: str = field(default="")
    marketplace_name: str = field(default="")
