"""Reads intents.toml: what a message may want, in the words of the labels of datasets/."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from detector.errors import DataError
from detector.types import Level

CLEAR = "clear"
_KEYS = {"id", "level", "reason", "advice"}


@dataclass(frozen=True, slots=True)
class Intent:
    """What a message wants; ``reason`` is an English msgid and may hold ``{marketplace}``."""

    id: str
    level: Level
    reason: str
    advice: tuple[str, ...]


@cache
def intents() -> dict[str, Intent]:
    """Return the intents by id, in the order of the classifier's columns.

    Raises:
        DataError: an entry is not whole.
    """
    table = tomllib.loads((files("detector") / "intents.toml").read_text(encoding="utf-8"))
    found: dict[str, Intent] = {}
    for row in table["intent"]:
        if set(row) != _KEYS or str(row["level"]).upper() not in Level.__members__:
            raise DataError(
                "intents.toml", str(row.get("id")), "write id, level, reason and advice"
            )
        level = Level[row["level"].upper()]
        found[row["id"]] = Intent(row["id"], level, row["reason"], tuple(row["advice"]))
    return found
