"""What is measured: shares with their intervals, calibration, labelled files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from detector.cli import main
from detector.dataset import Labelled, read_folder, read_labelled
from detector.errors import InputError
from detector.evaluate import Outcome, Share, calibration_error, measure
from detector.types import Level


def outcome(intent: str, level: Level, risk: float = 0.5) -> Outcome:
    return Outcome(Labelled("text", "en", intent), level, risk)


@pytest.mark.parametrize(
    # Computed by hand from Wilson's formula with z = 1.96.
    ("hits", "total", "low", "high"),
    [(0, 10, 0.0, 0.2775), (5, 10, 0.2366, 0.7634), (10, 10, 0.7225, 1.0), (0, 0, 0.0, 1.0)],
)
def test_the_interval_is_wilsons(hits: int, total: int, low: float, high: float) -> None:
    assert Share(hits, total).interval == pytest.approx((low, high), abs=1e-3)


def test_each_measure_counts_its_own_messages() -> None:
    measured = measure(
        [
            outcome("clear", Level.CLEAR),
            outcome("clear", Level.OFFICIAL),
            outcome("clear", Level.SUSPICIOUS),
            outcome("pressure", Level.SUSPICIOUS),
            outcome("pressure", Level.FRAUDULENT),
            outcome("leave-chat", Level.CLEAR),
            outcome("asks-secrets", Level.FRAUDULENT),
            outcome("asks-secrets", Level.UNOFFICIAL),
        ]
    )
    assert {name: (share.hits, share.total) for name, share in measured.items()} == {
        "verdict right": (4, 8),
        "fraud called fraudulent": (1, 2),
        "must-flag flagged": (4, 5),
        "clear flagged": (1, 3),
        "clear called fraudulent": (0, 3),
    }


def test_the_calibration_error_is_the_gap_between_told_and_true() -> None:
    honest = [outcome("clear", Level.CLEAR, 0.25)] * 3 + [outcome("pressure", Level.CLEAR, 0.25)]
    assert calibration_error(honest) == pytest.approx(0.0)
    sure = [outcome("clear", Level.CLEAR, 1.0)] * 2
    assert calibration_error(sure) == pytest.approx(1.0)
    assert calibration_error([*honest, *honest, *sure]) == pytest.approx(0.2)
    assert calibration_error([]) == 0.0


def test_labelled_files_are_read_and_bad_lines_named(tmp_path: Path) -> None:
    file = tmp_path / "en.jsonl"
    file.write_text('{"text": "hi", "intent": "clear", "lang": "en"}\n\n', encoding="utf-8")
    assert [m.text for m in read_folder(tmp_path)] == ["hi"]
    for bad in (
        "{",
        '{"text": "hi"}',
        '{"text": 1, "intent": "clear"}',
        '{"text": "", "intent": "x"}',
    ):
        file.write_text(bad, encoding="utf-8")
        with pytest.raises(InputError, match=r"Line 1 of .*en\.jsonl is no labelled message"):
            list(read_labelled(file))
    with pytest.raises(InputError, match="no JSONL file"):
        read_folder(tmp_path / "elsewhere")
    with pytest.raises(InputError, match="Cannot read"):
        list(read_labelled(tmp_path / "none.jsonl"))


def test_the_command_measures_a_file(tmp_path: Path) -> None:
    file = tmp_path / "mine.jsonl"
    rows = [
        {"text": "Thank you, the lamp works fine.", "intent": "clear", "lang": "en"},
        {"text": "Close the dispute, I refund you by PayPal.", "intent": "off-platform-refund",
         "lang": "en"},
    ]  # fmt: skip
    file.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    result = CliRunner().invoke(main, ["evaluate", str(file)])
    assert result.exit_code == 0, result.output
    assert "2 labelled messages" in result.output
    assert "| rules | 100.0%" in result.output
    assert "| off-platform-refund |" in result.output


def test_a_broken_file_is_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "mine.jsonl"
    file.write_text("nothing", encoding="utf-8")
    result = CliRunner().invoke(main, ["evaluate", str(file)])
    assert result.exit_code == 2
    assert "Traceback" not in result.output
