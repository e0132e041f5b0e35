"""scamcheck: tells whether a contact or a message is a known fraud pattern, and what to do."""

from __future__ import annotations

from functools import cache

from detector.detector import Detector
from detector.types import Message, Verdict

__all__ = ["Detector", "Message", "Verdict", "check"]


@cache
def _default() -> Detector:
    return Detector.load()


def check(text: str, language: str | None = None, region: str | None = None) -> Verdict:
    """Judge one text with the default marketplace; the data is read at the first call.

    Raises:
        InputError: the text or a hint cannot be used.
    """
    detector = _default()
    return detector.check(detector.accept(text, language, region))
