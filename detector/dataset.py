"""Reads labelled messages, one JSON object a line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from detector.errors import InputError
from detector.intent import intents
from detector.types import Level


@dataclass(frozen=True, slots=True)
class Labelled:
    """A message and what it is."""

    text: str
    language: str
    intent: str
    scenario: str = ""
    split: str = ""

    @property
    def level(self) -> Level:
        """The verdict that is right."""
        return intents()[self.intent].level


def read_labelled(path: Path) -> Iterator[Labelled]:
    """Yield the messages of a JSONL file; ``text`` and ``intent`` are needed.

    Raises:
        InputError: the file cannot be read, or a line is no labelled message.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            "no-file", "Cannot read {path}; give a JSONL file in UTF-8.", path=str(path)
        ) from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            text, intent = row["text"], row["intent"]
            if intent not in intents() or not isinstance(text, str):
                raise ValueError
        except (ValueError, KeyError, TypeError):
            raise InputError(
                "bad-label",
                "Line {line} of {path} is no labelled message; give text and an intent of {known}.",
                line=str(number), path=str(path), known=", ".join(intents()),
            ) from None  # fmt: skip
        yield Labelled(
            text, str(row.get("lang", "und")), intent,
            str(row.get("scenario", "")), str(row.get("split", "")),
        )  # fmt: skip


def read_folder(folder: Path) -> list[Labelled]:
    """Return the messages of every JSONL file of a folder, in the order of their names.

    Raises:
        InputError: there is none, or one cannot be read.
    """
    files = sorted(folder.glob("*.jsonl"))
    if not files:
        raise InputError(
            "no-datasets", "There is no JSONL file in {path}; run this where the datasets are.",
            path=str(folder),
        )  # fmt: skip
    return [message for file in files for message in read_labelled(file)]
