"""Reads advice.toml: what to do instead, by id."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from detector.errors import DataError

_KEYS = {"id", "text", "source"}


@dataclass(frozen=True, slots=True)
class Advice:
    """One thing to do. ``text`` is an English msgid and may hold ``{marketplace}``."""

    id: str
    text: str
    source: str


@cache
def catalogue() -> dict[str, Advice]:
    """Return all advice by id, in the order in which it is shown.

    Raises:
        DataError: an entry is not whole.
    """
    table = tomllib.loads((files("detector") / "advice.toml").read_text(encoding="utf-8"))
    entries: dict[str, Advice] = {}
    for row in table["advice"]:
        if set(row) != _KEYS or not all(row.values()):
            raise DataError("advice.toml", str(row.get("id")), "write id, text and source")
        entries[row["id"]] = Advice(**row)
    return entries
