"""The labelled messages are whole, disjoint by scenario, and none is a copy of another."""

from __future__ import annotations

import json
import re
import tomllib
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[1] / "datasets"
SCENARIOS = tomllib.loads((FOLDER / "scenarios.toml").read_text(encoding="utf-8"))["scenarios"]
CHANNELS = {"chat", "email", "sms", "messenger", "listing", "review"}
FILES = sorted(FOLDER.glob("*.jsonl"))
TOO_ALIKE = 0.6


@cache
def rows(file: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_row_is_whole(file: Path) -> None:
    keys = ["id", "text", "lang", "intent", "scenario", "channel", "split"]
    for row in rows(file):
        assert keys == list(row)
        intent, split, _ = SCENARIOS[row["scenario"]]
        assert (intent, split, file.stem) == (row["intent"], row["split"], row["lang"])
        assert row["text"].strip()
        assert row["channel"] in CHANNELS
    assert len({row["id"] for row in rows(file)}) == len(rows(file))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_half_of_a_language_is_harmless_and_every_scenario_is_told(file: Path) -> None:
    clear = sum(row["intent"] == "clear" for row in rows(file))
    assert 0.45 <= clear / len(rows(file)) <= 0.55
    assert set(SCENARIOS) == {row["scenario"] for row in rows(file)}


def grams(text: str) -> frozenset[str]:
    text = re.sub(r"\s+", " ", text.lower())
    return frozenset(text[i : i + 5] for i in range(max(1, len(text) - 4)))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_no_message_is_nearly_another(file: Path) -> None:
    index: dict[str, list[int]] = defaultdict(list)
    pieces = [grams(row["text"]) for row in rows(file)]
    alike = []
    for number, mine in enumerate(pieces):
        shared: dict[int, int] = defaultdict(int)
        for gram in mine:
            for other in index[gram]:
                shared[other] += 1
            index[gram].append(number)
        alike += [
            (rows(file)[other]["id"], rows(file)[number]["id"])
            for other, count in shared.items()
            if count / (len(mine) + len(pieces[other]) - count) >= TOO_ALIKE
        ]
    assert [] == alike
