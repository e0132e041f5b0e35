"""Open corpora, only to measure: harmless text stays silent, look-alikes do not.

The folder comes from SCAMCHECK_CORPORA; without it these tests say so and do nothing.
"""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path

import pytest

from detector.detector import Detector
from detector.types import Level, Message, Verdict

FOLDER = os.environ.get("SCAMCHECK_CORPORA")
if not FOLDER:
    pytest.skip(
        "SCAMCHECK_CORPORA is unset: nothing was measured on open corpora", allow_module_level=True
    )
CORPORA = Path(FOLDER)
HOLDS_A_CONTACT = {"phone-number", "email-address", "messenger-handle", "other-site", "short-link"}


@cache
def detector() -> Detector:
    return Detector.load()


def lines(name: str) -> list[str]:
    return (CORPORA / name).read_text(encoding="utf-8").split()


@cache
def harmless() -> list[Verdict]:
    texts = [
        row["text"]
        for file in sorted(CORPORA.glob("*.jsonl"))
        for row in map(json.loads, file.read_text(encoding="utf-8").splitlines())
        if row["expect"] == "calm" and row["text"].strip()
    ]
    return list(detector().check_many(map(Message, texts)))


def test_lookalikes_are_named() -> None:
    verdicts = [detector().check(host) for host in lines("aliexpress_lookalikes.txt")]
    fraudulent = sum(v.level is Level.FRAUDULENT for v in verdicts)
    assert fraudulent / len(verdicts) >= 0.97
    assert [] == [v.text for v in verdicts if v.level is Level.OFFICIAL]


def test_near_misses_are_not() -> None:
    verdicts = [detector().check(host) for host in lines("aliexpress_near_miss.txt")]
    assert [] == [v.text for v in verdicts for c in v.contacts if c.status == "lookalike"]


def test_harmless_text_is_hardly_ever_called_fraudulent() -> None:
    wrong = [v for v in harmless() if v.level is Level.FRAUDULENT]
    assert len(wrong) / len(harmless()) <= 0.001, f"{len(wrong)} of {len(harmless())}"


def test_harmless_text_is_hardly_ever_flagged() -> None:
    flagged = [v for v in harmless() if v.level >= Level.SUSPICIOUS]
    # A row that really holds a foreign contact is rightly told that it is no channel.
    with_contact = [v for v in flagged if {f.id for f in v.findings} <= HOLDS_A_CONTACT]
    others = len(flagged) - len(with_contact)
    print(f"flagged: {others} of {len(harmless())}, and {len(with_contact)} with a contact")
    assert others / len(harmless()) <= 0.005, f"{others} of {len(harmless())}"


def test_every_row_of_a_file_is_judged_in_order(tmp_path: Path) -> None:
    from detector.scan import judge, run

    source, target = CORPORA / "telegram_spam_ru.jsonl", tmp_path / "out.jsonl"
    summary = run.scan(detector(), str(source), str(target), judge.Columns())
    rows = source.read_text(encoding="utf-8").splitlines()
    answers = [json.loads(line) for line in target.read_text(encoding="utf-8").splitlines()]
    assert (len(rows), 0) == (summary.rows, summary.refused)
    assert [json.loads(row)["id"] for row in rows] == [answer["id"] for answer in answers]
