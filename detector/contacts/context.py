"""What a finder may know besides the text."""

from __future__ import annotations

from dataclasses import dataclass, field

from detector.marketplace import Marketplace
from detector.types import Span


@dataclass(frozen=True, slots=True)
class Context:
    """The circumstances in which a text is read.

    Attributes:
        regions: ISO 3166 codes whose national numbers are tried, most likely first.
        language: ISO 639-1 code of the text, or None.
        marketplace: whose official channels count; None judges no channel official.
    """

    regions: tuple[str, ...] = ()
    language: str | None = None
    marketplace: Marketplace | None = None


@dataclass(slots=True)
class Taken:
    """The spans of the folded text that earlier finders have claimed."""

    spans: list[Span] = field(default_factory=list)

    def is_free(self, start: int, end: int) -> bool:
        """Tell whether no claimed span overlaps ``start:end``."""
        return all(end <= s or e <= start for s, e in self.spans)

    def claim(self, start: int, end: int) -> None:
        """Keep ``start:end`` from every later finder."""
        self.spans.append((start, end))
