"""Parquet, Feather and Excel: what goes in comes out unchanged, with the verdict beside it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from click.testing import CliRunner
from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell
from pyarrow import feather, parquet

from detector.cli import main
from detector.cli_scan import FORMATS
from detector.detector import Detector
from detector.errors import InputError
from detector.render import FLAT_COLUMNS
from detector.scan.columnar import NAMES
from detector.scan.judge import Columns
from detector.scan.run import Summary, scan
from detector.scan.table import NAMES as ALL_NAMES

FRAUD = "Close the dispute, I refund you by PayPal."
KIND = "Thank you, the parcel came today."
WHEN = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
TABLE = pa.table(
    {
        "n": pa.array([1, 2, 3], pa.int32()),
        "text": [FRAUD, KIND, None],
        "when": pa.array([WHEN, None, WHEN], pa.timestamp("ms", "UTC")),
        "tags": pa.array([["a", "b"], [], None], pa.list_(pa.string())),
    }
)


@cache
def detector() -> Detector:
    return Detector.load(classify=False)


def run(source: Path, target: Path, **columns: Any) -> Summary:
    return scan(detector(), str(source), str(target), Columns(**columns))


def book(path: Path, *rows: list[Any]) -> Path:
    made = Workbook(write_only=True)
    sheet = made.create_sheet()
    for row in rows:
        cells = [WriteOnlyCell(sheet, value) for value in row]
        for cell in cells:
            if isinstance(cell.value, str):
                cell.data_type = "s"
        sheet.append(cells)
    made.save(path)
    return path


def test_the_command_knows_every_format() -> None:
    assert set(FORMATS) == set(ALL_NAMES)
    assert set(NAMES) < set(ALL_NAMES)


@pytest.mark.parametrize("ending", ["parquet", "feather", "arrow"])
def test_columns_keep_their_types(tmp_path: Path, ending: str) -> None:
    source, target = tmp_path / f"in.{ending}", tmp_path / f"out.{ending}"
    if ending == "parquet":
        parquet.write_table(TABLE, source, row_group_size=2)
    else:
        feather.write_feather(TABLE, str(source), compression="uncompressed")
    summary = run(source, target)
    assert (summary.rows, summary.refused) == (3, 1)
    read = parquet.read_table(target) if ending == "parquet" else feather.read_table(str(target))
    assert read.column_names == [*TABLE.column_names, *FLAT_COLUMNS]
    assert read.select(TABLE.column_names).equals(TABLE)
    assert read["verdict"].to_pylist() == ["fraudulent", "clear", ""]
    assert read.schema.field("risk").type == pa.float64()
    assert read["risk"].to_pylist()[2] is None
    assert "not text" in read["error"].to_pylist()[2]


def test_a_workbook_keeps_its_cells_and_no_text_becomes_a_formula(tmp_path: Path) -> None:
    source = book(
        tmp_path / "in.xlsx", ["id", "message", None], [7, FRAUD, None], [8.5, "=1+1 thanks"],
        [None, 12], [9, KIND, "surplus"],
    )  # fmt: skip
    target = tmp_path / "out.xlsx"
    summary = run(source, target)
    assert (summary.rows, summary.refused) == (4, 2)
    rows = list(load_workbook(target).worksheets[0].iter_rows())
    assert [cell.value for cell in rows[0]] == ["id", "message", *FLAT_COLUMNS]
    assert [row[0].value for row in rows[1:]] == [7, 8.5, None, 9]
    assert [row[2].value for row in rows[1:3]] == ["fraudulent", "clear"]
    assert (rows[2][1].value, rows[2][1].data_type) == ("=1+1 thanks", "s")
    assert "more cells than the header" in rows[4][-1].value


def test_tables_cross_from_one_kind_to_another(tmp_path: Path) -> None:
    lines = [{"text": FRAUD, "n": 1, "more": {"a": [1]}}, {"text": "a\u0001b " + KIND}]
    source = tmp_path / "in.jsonl"
    source.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    for name in ("a.parquet", "a.xlsx", "a.feather"):
        run(source, tmp_path / name)
    read = parquet.read_table(tmp_path / "a.parquet").to_pylist()
    assert [row["verdict"] for row in read] == ["fraudulent", "clear"]
    assert (read[0]["n"], read[0]["more"], read[1]["n"]) == ("1", '{"a": [1]}', None)
    cells = list(load_workbook(tmp_path / "a.xlsx").worksheets[0].iter_rows(values_only=True))
    assert cells[2][0] == "a\ufffdb " + KIND
    run(tmp_path / "a.parquet", tmp_path / "b.csv")
    run(tmp_path / "a.parquet", tmp_path / "b.jsonl")
    assert "input_verdict" in (tmp_path / "b.csv").read_text(encoding="utf-8")
    back = [json.loads(x) for x in (tmp_path / "b.jsonl").read_text("utf-8").splitlines()]
    assert back[0]["check"]["verdict"] == "fraudulent"
    parquet.write_table(TABLE, tmp_path / "typed.parquet")
    run(tmp_path / "typed.parquet", tmp_path / "typed.jsonl")
    first = json.loads((tmp_path / "typed.jsonl").read_text("utf-8").splitlines()[0])
    assert (first["n"], first["tags"], first["when"]) == (1, ["a", "b"], str(WHEN))


def test_an_empty_table_gives_an_empty_table(tmp_path: Path) -> None:
    parquet.write_table(TABLE.slice(0, 0), tmp_path / "in.parquet")
    assert run(tmp_path / "in.parquet", tmp_path / "out.parquet").rows == 0
    assert parquet.read_table(tmp_path / "out.parquet").num_rows == 0


@pytest.mark.parametrize("ending", ["parquet", "feather", "xlsx"])
def test_what_is_no_table_is_named(tmp_path: Path, ending: str) -> None:
    source, target = tmp_path / f"in.{ending}", tmp_path / "out.jsonl"
    with pytest.raises(InputError, match=r"cannot be read \(No such file"):
        run(source, target)
    source.write_bytes(b"PAR1 but not really")
    with pytest.raises(InputError, match=r"in\.\w+' cannot be read"):
        run(source, target)
    assert not target.exists()


def test_a_cut_file_and_missing_columns_are_named(tmp_path: Path) -> None:
    whole = tmp_path / "whole.parquet"
    parquet.write_table(TABLE, whole)
    cut = tmp_path / "cut.parquet"
    cut.write_bytes(whole.read_bytes()[:-30])
    with pytest.raises(InputError, match="cannot be read"):
        run(cut, tmp_path / "out.parquet")
    with pytest.raises(InputError, match="has no column 'body'"):
        run(whole, tmp_path / "out.parquet", text="body")
    with pytest.raises(InputError, match="occurs twice"):
        run(book(tmp_path / "two.xlsx", ["text", "text"]), tmp_path / "out.csv")
    assert not (tmp_path / "out.parquet").exists()


def test_columnar_tables_do_not_go_through_pipes() -> None:
    result = CliRunner().invoke(main, ["scan", "-", "--format", "parquet", "-o", "-"])
    assert result.exit_code == 2
    assert "cannot go through '-'" in result.output
