"""Files in, files out: every row keeps its place, whatever is wrong with it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector import cli_scan
from detector.detector import LIMIT, Detector
from detector.errors import InputError
from detector.render import FLAT_COLUMNS
from detector.scan import output, table
from detector.scan.judge import BATCH, Columns, as_line, free_name, judge_rows
from detector.scan.run import Summary, scan
from detector.scan.table import Format, Row, format_of
from detector.scan.text_rows import LINE_LIMIT, flat_line, read_jsonl

FRAUD = "Pay me by PayPal, not on AliExpress."
KIND = "Thank you, the parcel came today."

DAMAGE: list[tuple[bytes, str]] = [
    (json.dumps({"id": 1, "text": FRAUD}).encode(), ""),
    (b'{"id": 2, "text": "cut', "Line 2 is not valid JSON at column 23; correct it."),
    (b'{"id": 3, "text": "\xff\xfe"}', "Line 3 is not UTF-8 at byte 19; name the file's encoding with --encoding."),
    (b'{"id": 4}', "The row has no field 'text' or 'message'; add the text."),
    (b'["5", "text"]', "Line 5 is not a JSON object; write one object a line."),
    (json.dumps({"id": 6, "text": "x" * (LIMIT + 1)}).encode(),
     "The text has 20001 characters, the limit is 20000; paste a shorter part."),
    (b'{"id": 7, "text": 48123}', "The message is a int, not text; send a string."),
    (b'{"id": 8, "text": "  \\n"}', "There is no text; paste a message or a contact."),
    (b"", "Line 9 is empty; write one object a line."),
    (b'{"id": 10, "text": "a\\u0000b"}', ""),
    (b'{"id": 11, "text": "a\x00b"}', "Line 11 is not valid JSON at column 22; correct it."),
    (b'{"id": 12, "text": null}', "The message is a NoneType, not text; send a string."),
    (b'{"id": NaN, "text": "x"}',
     "Line 13 has a number or a nesting that cannot be read; correct it."),
    (b'{"id": 1e999, "text": "x"}',
     "Line 14 has a number or a nesting that cannot be read; correct it."),
    (b"[" * 200_000, "Line 15 has a number or a nesting that cannot be read; correct it."),
    (b'{"text": "' + b"y" * LINE_LIMIT + b'"}',
     f"Line 16 is longer than {LINE_LIMIT} bytes; shorten it."),
    (b'{"id": 17, "text": "half \\ud83d pair"}', ""),
    (json.dumps({"id": 18, "text": KIND}).encode(), ""),
]  # fmt: skip
"""A line of JSONL and what is said of it; nothing when it is judged."""


def jsonl(*rows: dict[str, Any]) -> bytes:
    return b"".join(json.dumps(row, ensure_ascii=False).encode() + b"\n" for row in rows)


def run(
    detector: Detector, folder: Path, name: str, content: bytes, target: str, **named: Any
) -> tuple[Summary, bytes]:
    """Scan a file of this content and return the summary and what was written."""
    source = folder / name
    source.write_bytes(content)
    out = folder / target
    formats = {key: named.pop(key) for key in ("source_format", "target_format") if key in named}
    summary = scan(detector, str(source), str(out), Columns(**named), **formats)
    return summary, out.read_bytes()


def objects(content: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in content.decode().splitlines()]


def cells(content: bytes, delimiter: str = ",") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode(), newline=""), delimiter=delimiter))


# --- damage ------------------------------------------------------------------------------


def test_damaged_lines_keep_their_place(detector: Detector, tmp_path: Path) -> None:
    content = b"\n".join(line for line, _ in DAMAGE) + b"\n"
    summary, written = run(detector, tmp_path, "in.jsonl", content, "out.jsonl")
    rows = objects(written)
    assert [error for _, error in DAMAGE] == [row["check"].get("error", "") for row in rows]
    assert Summary(len(DAMAGE), sum(bool(error) for _, error in DAMAGE)) == summary
    assert ("fraudulent", "clear") == (rows[0]["check"]["verdict"], rows[-1]["check"]["verdict"])


def test_damaged_lines_keep_their_place_in_a_flat_file(detector: Detector, tmp_path: Path) -> None:
    content = b"\n".join(line for line, _ in DAMAGE) + b"\n"
    _, written = run(detector, tmp_path, "in.jsonl", content, "out.csv")
    rows = cells(written)
    assert [error for _, error in DAMAGE] == [row["error"] for row in rows]
    assert {True} == {bool(row["verdict"]) != bool(row["error"]) for row in rows}


def test_what_could_be_read_of_a_refused_row_is_kept(detector: Detector, tmp_path: Path) -> None:
    content = jsonl({"id": 7, "text": 48123, "shop": "A"}, {"id": 8, "shop": "B"})
    _, written = run(detector, tmp_path, "in.jsonl", content, "out.jsonl")
    assert [(7, 48123, "A"), (8, None, "B")] == [
        (row["id"], row.get("text"), row["shop"]) for row in objects(written)
    ]


CSV_DAMAGE = (
    b"id,text,shop\n"
    b'1,"Pay me by PayPal, not on AliExpress.",A\n'
    b"2,\xff\xfe,B\n"
    b"3\n"
    b"4,too,many,cells\n"
    b'5,"a ""quoted"" text\nin two lines",E\n'
    b'6,"ends"badly,F\n'
    b"7,,G\n"
    b"8,a\x00b,H\n"
    b"9," + b"x" * (LIMIT + 1) + b",I\n"
    b"10,Thank you; the parcel came today.,J\n"
)
CSV_ERRORS = [
    "",
    "Line 3 is not UTF-8; name the file's encoding with --encoding.",
    "There is no text; paste a message or a contact.",
    "Line 5 has 4 fields, the header 3; put quotes around fields that hold the separator.",
    "",
    "Line 8 cannot be read (',' expected after '\"'); correct it.",
    "There is no text; paste a message or a contact.",
    "",
    "The text has 20001 characters, the limit is 20000; paste a shorter part.",
    "",
]


@pytest.mark.parametrize("target", ["out.csv", "out.tsv", "out.jsonl"])
def test_damaged_rows_of_a_csv_keep_their_place(
    detector: Detector, tmp_path: Path, target: str
) -> None:
    summary, written = run(detector, tmp_path, "in.csv", CSV_DAMAGE, target)
    if target == "out.jsonl":
        errors = [row["check"].get("error", "") for row in objects(written)]
        names = [row["id"] for row in objects(written)]
    else:
        rows = cells(written, "\t" if target == "out.tsv" else ",")
        errors, names = [row["error"] for row in rows], [row["id"] for row in rows]
    assert CSV_ERRORS == errors
    assert [str(number) for number in range(1, 11)] == names
    assert Summary(10, 6) == summary


def test_a_field_in_two_lines_comes_back_whole(detector: Detector, tmp_path: Path) -> None:
    _, written = run(detector, tmp_path, "in.csv", CSV_DAMAGE, "out.csv")
    assert 'a "quoted" text\nin two lines' == cells(written)[4]["text"]


# --- columns and formats -----------------------------------------------------------------


def test_all_columns_are_kept_and_the_results_follow(detector: Detector, tmp_path: Path) -> None:
    content = f'note,text,empty\n"ä, ""x""",{KIND.replace(",", "")},\n'.encode()
    _, written = run(detector, tmp_path, "in.csv", content, "out.csv")
    header = written.decode().splitlines()[0]
    assert ",".join(("note", "text", "empty", *FLAT_COLUMNS)) == header
    row = cells(written)[0]
    assert ('ä, "x"', "", "clear", "en") == (
        row["note"], row["empty"], row["verdict"], row["language"],
    )  # fmt: skip


def test_values_that_are_no_text_survive(detector: Detector, tmp_path: Path) -> None:
    fields = {"text": KIND, "n": 1, "f": 0.1, "b": True, "z": None, "l": [1, {"a": "ü"}]}
    _, written = run(detector, tmp_path, "in.jsonl", jsonl(fields), "out.jsonl")
    row = objects(written)[0]
    assert fields == {key: row[key] for key in fields}
    assert [*fields, "check"] == list(row)
    _, flat = run(detector, tmp_path, "in.jsonl", jsonl(fields), "out.csv")
    shown = cells(flat)[0]
    assert ("1", "0.1", "true", "") == (shown["n"], shown["f"], shown["b"], shown["z"])
    assert [1, {"a": "ü"}] == json.loads(shown["l"])


def test_fields_of_later_rows_become_columns(detector: Detector, tmp_path: Path) -> None:
    content = jsonl({"text": KIND}, {"late": "x", "text": KIND})
    _, written = run(detector, tmp_path, "in.jsonl", content, "out.csv")
    assert ["", "x"] == [row["late"] for row in cells(written)]


def test_a_column_with_the_name_of_a_result_moves_aside(detector: Detector, tmp_path: Path) -> None:
    content = b"text,risk,verdict,input_risk\nThank you.,high,mine,other\n"
    _, written = run(detector, tmp_path, "in.csv", content, "out.csv")
    row = cells(written)[0]
    assert ("high", "mine", "other", "clear") == (
        row["input_input_risk"], row["input_verdict"], row["input_risk"], row["verdict"],
    )  # fmt: skip
    _, lines = run(detector, tmp_path, "a.jsonl", jsonl({"check": 1, "text": KIND}), "o.jsonl")
    assert 1 == objects(lines)[0]["input_check"]
    assert "clear" == objects(lines)[0]["check"]["verdict"]


@pytest.mark.parametrize(
    ("name", "taken", "free"),
    [
        ("id", ["text"], "id"),
        ("risk", ["text"], "input_risk"),
        ("risk", ["input_risk"], "input_input_risk"),
        ("check", [], "input_check"),
        ("Risk", [], "Risk"),
    ],
)
def test_a_free_name(name: str, taken: list[str], free: str) -> None:
    assert free == free_name(name, taken)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("target", ["out.csv", "out.jsonl"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_byte_order_mark_and_line_ends_do_not_matter(
    detector: Detector, tmp_path: Path, encoding: str, target: str, line_end: str
) -> None:
    content = line_end.join(["text,id", '"Pay me by PayPal, not on AliExpress.",ż', ""])
    _, written = run(detector, tmp_path, "in.csv", content.encode(encoding), target)
    row = objects(written)[0] if target == "out.jsonl" else cells(written)[0]
    assert (FRAUD, "ż") == (row["text"], row["id"])
    line = json.dumps({"text": FRAUD}) + line_end
    summary, _ = run(detector, tmp_path, "in.jsonl", line.encode(encoding), target)
    assert Summary(1, 0) == summary


@pytest.mark.parametrize("cell", [b'"open', b'"open" again', b"x" * 140_000])
def test_a_cell_that_cannot_be_read_still_names_its_row(
    detector: Detector, tmp_path: Path, cell: bytes
) -> None:
    content = b"id,text\n1," + KIND.replace(",", "").encode() + b"\n2," + cell + b"\n"
    summary, written = run(detector, tmp_path, "in.csv", content, "out.jsonl")
    first, second = objects(written)
    assert Summary(2, 1) == summary
    assert ("1", "clear") == (first["id"], first["check"]["verdict"])
    assert ("2", ["error"]) == (second["id"], list(second["check"]))
    assert ("cannot be read" in second["check"]["error"]) or b"quote" in second["check"][
        "error"
    ].encode()


def test_an_own_output_can_be_scanned_again(detector: Detector, tmp_path: Path) -> None:
    _, once = run(detector, tmp_path, "in.jsonl", jsonl({"text": KIND}), "once.csv")
    _, twice = run(detector, tmp_path, "again.csv", once, "twice.csv")
    row = cells(twice)[0]
    assert (row["input_verdict"], row["input_risk"]) == (row["verdict"], row["risk"])


def test_empty_lines_at_the_end_are_no_rows(detector: Detector, tmp_path: Path) -> None:
    content = jsonl({"text": KIND}) + b"\n  \n\n"
    assert Summary(1, 0) == run(detector, tmp_path, "in.jsonl", content, "out.jsonl")[0]
    assert Summary(0, 0) == run(detector, tmp_path, "in.jsonl", b"", "out.jsonl")[0]


def test_a_column_may_be_named(detector: Detector, tmp_path: Path) -> None:
    content = b'text,body\nnothing,"Pay me by PayPal, not on AliExpress."\n'
    _, written = run(detector, tmp_path, "in.csv", content, "out.csv", text="body")
    assert "fraudulent" == cells(written)[0]["verdict"]
    _, written = run(detector, tmp_path, "in.csv", b"message\nhello there\n", "out.csv")
    assert "clear" == cells(written)[0]["verdict"]


def test_a_language_hint_helps_and_an_unknown_one_does_no_harm(
    detector: Detector, tmp_path: Path
) -> None:
    rows = [{"text": "12345 67", "lang": hint} for hint in ("pl", "", "Klingon", 5, None)]
    _, written = run(detector, tmp_path, "in.jsonl", jsonl(*rows), "o.jsonl", language="lang")
    assert ["pl", "und", "und", "und", "und"] == [
        row["check"]["language"] for row in objects(written)
    ]


def test_a_region_reads_national_numbers(detector: Detector, tmp_path: Path) -> None:
    content = jsonl({"text": "(202) 555-0143"})
    _, written = run(detector, tmp_path, "in.jsonl", content, "o.csv", region="US")
    assert "phone:+12025550143" == cells(written)[0]["contacts"]


def test_the_format_may_be_named(detector: Detector, tmp_path: Path) -> None:
    summary, written = run(
        detector, tmp_path, "in.dat", b"text\tid\nhello\t1\n", "out.dat",
        source_format="tsv", target_format="jsonl",
    )  # fmt: skip
    assert Summary(1, 0) == summary
    assert {"text", "id", "check"} == set(objects(written)[0])


@pytest.mark.parametrize(
    ("name", "given", "expected"),
    [
        ("a.csv", None, "csv"),
        ("A.CSV", None, "csv"),
        ("a.tsv", None, "tsv"),
        ("a.jsonl", None, "jsonl"),
        ("a.ndjson", None, "jsonl"),
        ("-", None, "jsonl"),
        ("-", "csv", "csv"),
        ("a.txt", "tsv", "tsv"),
    ],
)
def test_a_format_is_named_or_told_by_the_ending(
    name: str, given: str | None, expected: str
) -> None:
    assert Format(expected) == format_of(name, given)


@pytest.mark.parametrize("name", ["a.text", "a", "csv", "a.gz", "a.csv.zip", "gz", ""])
def test_another_ending_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="tells no known format") as caught:
        format_of(name)
    assert "unknown-format" == caught.value.code


def test_the_command_offers_the_formats_there_are() -> None:
    assert set(table.NAMES) == set(cli_scan.FORMATS)


# --- what stops a scan ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "named", "code", "part"),
    [
        (b"a,b\n1,2\n", {}, "no-text-column", "no column 'text' or 'message'; it has: a, b"),
        (b"", {}, "no-text-column", "it has: none"),
        (b"text\nx\n", {"text": "body"}, "no-text-column", "no column 'body'"),
        (b"text\nx\n", {"language": "lang"}, "no-column", "no column 'lang'"),
        (b"text\nx\n", {"seller": "shop"}, "no-column", "no column 'shop'"),
        (b"text,id,text\nx,1,y\n", {}, "duplicate-column", "'text' of"),
        (b'"text"x\n', {}, "broken-header", "cannot be read"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_in_one_sentence(
    detector: Detector,
    tmp_path: Path,
    content: bytes,
    named: dict[str, Any],
    code: str,
    part: str,
) -> None:
    (tmp_path / "out.csv").write_text("old")
    with pytest.raises(InputError) as caught:
        run(detector, tmp_path, "in.csv", content, "out.csv", **named)
    assert code == caught.value.code
    assert part in str(caught.value)
    assert "old" == (tmp_path / "out.csv").read_text()
    assert {"in.csv", "out.csv"} == {path.name for path in tmp_path.iterdir()}


def test_a_missing_file_and_a_missing_folder(detector: Detector, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        scan(detector, str(tmp_path / "no.csv"), str(tmp_path / "o.csv"), Columns())
    assert "missing-file" == caught.value.code
    with pytest.raises(InputError) as caught:
        run(detector, tmp_path, "in.jsonl", b"{}\n", "no/such/folder/o.csv")
    assert "unwritable-file" == caught.value.code
    with pytest.raises(InputError) as caught:
        scan(detector, str(tmp_path), str(tmp_path / "o.csv"), Columns(), "csv")
    assert "unreadable-file" == caught.value.code


@pytest.mark.parametrize("before", [None, "old"])
def test_no_half_file_is_left_when_writing_fails(
    detector: Detector, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: str | None
) -> None:
    out = tmp_path / "out.jsonl"
    if before:
        out.write_text(before)

    def full(*_: object) -> bytes:
        written.append(1)
        if len(written) > 2:
            raise OSError(28, "No space left on device")
        return b"{}\n"

    written: list[int] = []
    monkeypatch.setattr(output, "as_line", full)
    with pytest.raises(OSError, match="No space left"):
        run(detector, tmp_path, "in.jsonl", jsonl(*[{"text": KIND}] * 5), "out.jsonl")
    assert before == (out.read_text() if out.exists() else None)
    assert {"in.jsonl", *(["out.jsonl"] if before else [])} == {p.name for p in tmp_path.iterdir()}


def test_a_file_may_be_written_over_itself(detector: Detector, tmp_path: Path) -> None:
    content = jsonl(*[{"text": KIND, "id": number} for number in range(5)])
    summary, written = run(detector, tmp_path, "same.jsonl", content, "same.jsonl")
    assert 5 == summary.rows
    assert [0, 1, 2, 3, 4] == [row["id"] for row in objects(written)]


def test_a_link_to_a_file_stays_a_link(detector: Detector, tmp_path: Path) -> None:
    (tmp_path / "out.jsonl").symlink_to(tmp_path / "real.jsonl")
    run(detector, tmp_path, "in.jsonl", jsonl({"text": KIND}), "out.jsonl")
    assert (tmp_path / "out.jsonl").is_symlink()
    assert 1 == len(objects((tmp_path / "real.jsonl").read_bytes()))


def test_a_device_is_written_to_and_not_replaced(detector: Detector, tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_bytes(jsonl({"text": KIND}))
    source = str(tmp_path / "in.jsonl")
    assert Summary(1, 0) == scan(detector, source, "/dev/null", Columns(), None, "jsonl")
    assert Path("/dev/null").is_char_device()


def test_an_interrupted_scan_leaves_no_half_file(
    detector: Detector, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> bytes:
        raise KeyboardInterrupt

    monkeypatch.setattr(output, "as_line", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run(detector, tmp_path, "in.jsonl", jsonl({"text": KIND}), "out.jsonl")
    assert ["in.jsonl"] == [path.name for path in tmp_path.iterdir()]


# --- streaming and order -------------------------------------------------------------------


def test_rows_come_out_in_order_over_several_batches(detector: Detector) -> None:
    count = BATCH + 3
    rows = [Row({"text": FRAUD if n % 500 == 0 else "ok", "id": n}) for n in range(count)]
    rows[7] = Row({"id": 7}, "broken")
    judged = list(judge_rows(detector, rows, Columns()))
    assert list(range(count)) == [row.fields["id"] for row, _, _ in judged]
    assert [0, 500, 1000] == [
        row.fields["id"] for row, verdict, _ in judged if verdict and verdict.findings
    ]
    assert [7] == [row.fields["id"] for row, verdict, _ in judged if verdict is None]


def test_rows_are_judged_as_they_come(detector: Detector) -> None:
    taken: list[int] = []

    def endless() -> Iterator[Row]:
        while True:
            taken.append(1)
            yield Row({"text": "ok"})

    next(judge_rows(detector, endless(), Columns()))
    assert BATCH == len(taken)


def test_a_row_nested_too_deeply_to_write_keeps_its_place() -> None:
    deep: Any = "x"
    for _ in range(100_000):
        deep = [deep]
    line = json.loads(as_line(Row({"text": "x", "deep": deep}), None, "refused"))
    assert {"check": {"error": "The row is nested too deeply; flatten it."}} == line


@settings(deadline=None, max_examples=60)
@given(st.lists(st.binary(max_size=30).filter(lambda line: b"\n" not in line), max_size=8))
def test_any_bytes_give_one_row_a_line(lines: list[bytes]) -> None:
    while lines and not lines[-1].strip():
        lines.pop()
    rows = list(read_jsonl(io.BytesIO(b"\n".join(lines))))
    assert len(lines) == len(rows)


@settings(deadline=None, max_examples=40)
@given(
    st.lists(
        st.dictionaries(
            st.text(min_size=1, max_size=6),
            st.none() | st.booleans() | st.integers() | st.text(max_size=12),
            max_size=4,
        ),
        min_size=1,
        max_size=4,
    )
)
def test_every_field_comes_back(detector: Detector, rows: list[dict[str, Any]]) -> None:
    content = b"".join(json.dumps(row).encode() + b"\n" for row in rows)
    judged = judge_rows(detector, read_jsonl(io.BytesIO(content)), Columns())
    for row, (kept, verdict, error) in zip(rows, judged, strict=True):
        written = json.loads(as_line(kept, verdict, error))
        assert "check" in written
        assert row == {key: value for key, value in written.items() if key != "check"} or (
            "check" in row
        )


@given(
    st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=20), min_size=2, max_size=4)
)
@pytest.mark.parametrize("delimiter", [",", "\t"])
def test_a_flat_line_reads_back(delimiter: str, cells: list[str]) -> None:
    written = flat_line(cells, delimiter).decode()
    assert [cells] == list(
        csv.reader(io.StringIO(written, newline=""), delimiter=delimiter, strict=True)
    )
