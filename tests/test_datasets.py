"""The labelled messages are whole, disjoint by scenario, and none is a copy of another."""

from __future__ import annotations

import csv
import json
import os
import re
import tomllib
from collections import Counter, defaultdict
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
def test_half_of_a_language_is_harmless_and_most_scenarios_are_told(file: Path) -> None:
    clear = sum(row["intent"] == "clear" for row in rows(file))
    assert 0.45 <= clear / len(rows(file)) <= 0.55
    told = {row["scenario"] for row in rows(file)}
    assert len(told) >= 0.65 * len(SCENARIOS)
    measured = {name for name, (_, split, _) in SCENARIOS.items() if split == "test"}
    assert set() == measured - told


def test_every_scenario_is_told_in_half_of_the_languages() -> None:
    told = Counter(name for file in FILES for name in {row["scenario"] for row in rows(file)})
    assert [] == [name for name in SCENARIOS if told[name] < len(FILES) / 2]


def counts() -> str:
    """Return the table of messages by language and intent."""
    intents = list(dict.fromkeys(intent for intent, _, _ in SCENARIOS.values()))
    lines = ["| language | all | " + " | ".join(intents) + " |", "|---" * (len(intents) + 2) + "|"]
    total: Counter[str] = Counter()
    for file in FILES:
        found = Counter(row["intent"] for row in rows(file))
        total += found
        cells = [str(found.total()), *(str(found[intent]) for intent in intents)]
        lines.append(f"| {file.stem} | " + " | ".join(cells) + " |")
    cells = [str(total.total()), *(str(total[intent]) for intent in intents)]
    return "\n".join([*lines, "| **all** | " + " | ".join(cells) + " |"])


def test_the_datasheet_counts_what_is_there() -> None:
    sheet = FOLDER / "README.md"
    text = sheet.read_text(encoding="utf-8")
    before, rest = text.split("<!-- counts -->\n")
    _, after = rest.split("\n<!-- end of counts -->")
    wanted = f"{before}<!-- counts -->\n{counts()}\n<!-- end of counts -->{after}"
    if os.environ.get("UPDATE_COUNTS"):
        sheet.write_text(wanted, encoding="utf-8")
    assert wanted == sheet.read_text(encoding="utf-8"), "run with UPDATE_COUNTS=1"


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


def test_what_the_second_reading_saw_otherwise_is_settled() -> None:
    labels = {row["id"]: row["intent"] for file in FILES for row in rows(file)}
    known = {intent for intent, _, _ in SCENARIOS.values()}
    with (FOLDER / "second_reading.csv").open(encoding="utf-8", newline="") as stream:
        seen = list(csv.DictReader(stream))
    assert len({row["id"] for row in seen}) == len(seen) > 0
    for row in seen:
        assert row["first"] != row["second"]
        assert {row["first"], row["second"]} <= known
        assert row["kept"] == labels[row["id"]]
