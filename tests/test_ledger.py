"""The ledger of decisions: nothing is lost, two may write, precision is counted right."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from detector.cli import main
from detector.dataset import read_labelled
from detector.detector import Detector
from detector.errors import InputError
from detector.ledger import Ledger, intent_names, opened
from detector.types import Verdict

FRAUD = "Pay me by PayPal, not on AliExpress."
WRITER = """
import sys
from detector.detector import Detector
from detector.ledger import Ledger
verdict = Detector.load(classify=False).check("Pay me by PayPal, not on AliExpress.")
ledger = Ledger(sys.argv[1])
for number in range(int(sys.argv[3])):
    ledger.record(verdict, sys.argv[2], agrees=True, reason=str(number))
    print(number, flush=True)
"""


@pytest.fixture
def fraud(detector: Detector) -> Verdict:
    return detector.check(FRAUD)


def writer(path: Path, name: str, count: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path), name, str(count)],
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


def test_two_may_write_at_once(tmp_path: Path) -> None:
    path = tmp_path / "l.sqlite"
    both = [writer(path, name, 40) for name in ("anna", "ben")]
    for process in both:
        process.communicate()
        assert 0 == process.returncode
    with opened(str(path)) as ledger:
        assert 80 == ledger.count()


def test_a_killed_process_loses_no_decision(tmp_path: Path) -> None:
    path = tmp_path / "l.sqlite"
    process = writer(path, "anna", 100_000)
    assert process.stdout is not None
    written = -1
    for line in process.stdout:
        written = int(line)
        if written == 25:
            process.send_signal(signal.SIGKILL)
            break
    rest, _ = process.communicate()
    written = max([written, *map(int, filter(str.isdigit, rest.split()))])
    with opened(str(path)) as ledger:
        # What was said to be written is there; one more may be, whose line was not printed.
        assert written + 1 <= ledger.count() <= written + 2
    base = sqlite3.connect(path)
    assert [("ok",)] == base.execute("PRAGMA integrity_check").fetchall()
    base.close()


def test_precision_by_rule_and_language(detector: Detector, tmp_path: Path) -> None:
    with opened(str(tmp_path / "l.sqlite")) as ledger:
        for number, (agrees, intent) in enumerate(
            [(True, ""), (True, ""), (False, "clear"), (False, "asks-secrets"), (False, "pressure")]
        ):
            verdict = detector.check(f"{FRAUD} {number}")
            ledger.record(verdict, "anna", agrees=agrees, intent=intent)
        kind = {row.name: row for row in ledger.precision()}
    row = kind[next(name for name in kind if name.startswith("off-platform"))]
    # Wrong about the kind but not about the gravity is no false alarm of the rule.
    assert (3, 5, "en", "rule") == (row.share.hits, row.share.total, row.language, row.origin)


def test_the_last_decision_of_a_reviewer_counts(fraud: Verdict, tmp_path: Path) -> None:
    with opened(str(tmp_path / "l.sqlite")) as ledger:
        ledger.record(fraud, "anna", agrees=False, intent="clear", reason="too quick")
        ledger.record(fraud, "anna", agrees=True)
        ledger.record(fraud, "ben", agrees=True)
        assert [] == list(ledger.disagreements())
        assert {(2, 2)} == {(row.share.hits, row.share.total) for row in ledger.precision()}
        assert ledger.knows("anna", FRAUD)
        assert not ledger.knows("carl", FRAUD)
        assert not ledger.knows("anna", FRAUD + ".")


@pytest.mark.parametrize(
    ("before", "after", "is_fallen"),
    [
        ([True] * 20, [False] * 12 + [True] * 8, True),
        ([True] * 20, [True] * 20, False),
        ([False] * 20, [True] * 20, False),  # better is no fall
        ([True] * 20, [True] * 18 + [False] * 2, False),  # may be chance
        ([True] * 3, [False] * 3, False),  # too few to say
    ],
)
def test_a_fall_of_precision_is_told_from_chance(
    fraud: Verdict, tmp_path: Path, before: list[bool], after: list[bool], is_fallen: bool
) -> None:
    with opened(str(tmp_path / "l.sqlite")) as ledger:
        for number, is_right in enumerate([*before, *after]):
            one = replace(fraud, text=f"{FRAUD} {number}")
            ledger.record(one, "anna", agrees=is_right, intent="" if is_right else "clear")
        assert is_fallen == bool(ledger.fallen())


def test_disagreements_train_the_classifier(fraud: Verdict, tmp_path: Path) -> None:
    path, target = str(tmp_path / "l.sqlite"), tmp_path / "more.jsonl"
    with opened(path) as ledger:
        ledger.record(fraud, "anna", agrees=False, intent="clear", reason="a joke of friends")
        ledger.record(replace(fraud, text="x \ud83d"), "anna", agrees=False, intent="pressure")
    result = CliRunner().invoke(main, ["ledger", path, "--export", str(target)])
    assert (0, f"2 disagreements written to {target}.\n") == (result.exit_code, result.output)
    assert [("clear", FRAUD), ("pressure", "x ?")] == [
        (message.intent, message.text) for message in read_labelled(target)
    ]
    assert "a joke of friends" == json.loads(target.read_text().splitlines()[0])["reason"]


@pytest.mark.parametrize("intent", ["", "fraud", "Clear"])
def test_a_disagreement_needs_a_known_intent(fraud: Verdict, tmp_path: Path, intent: str) -> None:
    with opened(str(tmp_path / "l.sqlite")) as ledger, pytest.raises(InputError) as caught:
        ledger.record(fraud, "anna", agrees=False, intent=intent)
    assert "unknown-intent" == caught.value.code


def test_a_file_that_is_no_ledger_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("no database" * 100)
    with pytest.raises(InputError) as caught:
        Ledger(tmp_path / "x")
    assert "bad-ledger" == caught.value.code
    result = CliRunner().invoke(main, ["ledger", str(tmp_path / "none")])
    assert 2 == result.exit_code
    assert "There is no ledger" in result.stderr
    assert not (tmp_path / "none").exists()


def test_review_steps_through_the_gravest_and_the_unsure(tmp_path: Path) -> None:
    source, path = tmp_path / "in.csv", str(tmp_path / "l.sqlite")
    source.write_text(
        "text\nThank you\nThank you so much for the lamp\n"
        + f'"{FRAUD}"\n"{FRAUD}"\nwrite me: anna.k@example.com\n'
    )
    answers = f"n\n{intent_names().index('pressure')}\nnot so grave\ny\nq\n"
    result = CliRunner().invoke(
        main, ["review", str(source), "--ledger", path, "--reviewer", "anna"], input=answers
    )
    assert 0 == result.exit_code, result.output
    assert FRAUD in result.output.split("— 2 of")[0]
    assert "2 decisions written" in result.output
    with opened(path) as ledger:
        assert (2, [FRAUD]) == (ledger.count(), [row["text"] for row in ledger.disagreements()])
    again = CliRunner().invoke(
        main, ["review", str(source), "--ledger", path, "--reviewer", "anna"], input="q\n"
    )
    assert FRAUD not in again.output
    told = CliRunner().invoke(main, ["ledger", path])
    assert "2 decisions" in told.output
    assert "off-platform" in told.output


def test_review_of_a_terminal_bomb_is_inert(tmp_path: Path) -> None:
    source = tmp_path / "in.jsonl"
    source.write_text(json.dumps({"text": "Pay me by PayPal, not on AliExpress \x1b[2J\u202e"}))
    result = CliRunner().invoke(
        main, ["review", str(source), "--ledger", str(tmp_path / "l")], input="q\n"
    )
    assert "\x1b" not in result.output
    assert "\u202e" not in result.output
