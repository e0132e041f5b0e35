"""Files in, files out: each row keeps its place, whatever is wrong with it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector import Detector
from detector.batch import BATCH, Columns, Summary, free_name, judge_rows, scan
from detector.errors import InputError
from detector.render import FLAT_COLUMNS
from detector.table import LINE_LIMIT, Row, dump, flat_line, format_of, read_jsonl

SUPPORT = "support@aliexpress.com"
HARMLESS = "When will my parcel arrive?"


@cache
def detector() -> Detector:
    return Detector.load()


Scan = Callable[..., tuple[Summary, bytes]]


@pytest.fixture
def run(tmp_path: Path) -> Scan:
    def scanned(
        body: str | bytes, read: str = "jsonl", write: str = "jsonl", **columns: Any
    ) -> tuple[Summary, bytes]:
        source, target = tmp_path / f"in.{read}", tmp_path / f"out.{write}"
        source.write_bytes(body if isinstance(body, bytes) else body.encode())
        summary = scan(detector(), str(source), str(target), Columns(**columns))
        assert {source, target} == set(tmp_path.iterdir())
        return summary, target.read_bytes()

    return scanned


def objects(body: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in body.decode().splitlines()]


def table(body: bytes, delimiter: str = ",") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(body.decode(), newline=""), delimiter=delimiter))


# --- what comes out ---------------------------------------------------------------------


def test_jsonl_gets_the_whole_result(run: Scan) -> None:
    body = dump({"id": 7, "text": SUPPORT, "more": [1, {"a": None}]}) + dump({"text": HARMLESS})
    summary, written = run(body)
    first, second = objects(written)
    assert Summary(rows=2, refused=0) == summary
    assert ["id", "text", "more", "check"] == list(first)
    assert [7, SUPPORT, [1, {"a": None}]] == [first["id"], first["text"], first["more"]]
    assert "email" == first["check"]["contacts"][0]["kind"]
    assert "clear" == second["check"]["verdict"]


@pytest.mark.parametrize(("form", "delimiter"), [("csv", ","), ("tsv", "\t")])
def test_flat_files_get_the_six_columns(run: Scan, form: str, delimiter: str) -> None:
    rows = [["id", "text", "note"], ["1", SUPPORT, 'a "quoted"\nnote'], ["2", HARMLESS, ""]]
    body = b"".join(flat_line(row, delimiter) for row in rows)
    summary, written = run(body, form, form)
    first, second = table(written, delimiter)
    assert Summary(rows=2, refused=0) == summary
    assert ["id", "text", "note", *FLAT_COLUMNS] == list(first)
    assert ["1", SUPPORT, 'a "quoted"\nnote'] == [first[n] for n in ("id", "text", "note")]
    assert f"email:{SUPPORT}" == first["contacts"]
    assert ["clear", "", "", ""] == [
        second[n] for n in ("verdict", "findings", "contacts", "error")
    ]
    assert 0.0 <= float(second["risk"]) < float(first["risk"]) <= 1.0


@pytest.mark.parametrize(("read", "write"), [("csv", "jsonl"), ("jsonl", "csv"), ("tsv", "csv")])
def test_one_format_becomes_another(run: Scan, read: str, write: str) -> None:
    body = {
        "csv": f"id,text\n1,{HARMLESS}\n",
        "tsv": f"id\ttext\n1\t{HARMLESS}\n",
        "jsonl": f'{{"id": "1", "text": "{HARMLESS}"}}\n',
    }[read]
    _, written = run(body, read, write)
    row = (objects(written) if write == "jsonl" else table(written))[0]
    verdict = row["check"]["verdict"] if write == "jsonl" else row["verdict"]
    assert ("1", HARMLESS, "clear") == (row["id"], row["text"], verdict)


def test_a_flat_file_holds_every_field_of_a_jsonl_file(run: Scan) -> None:
    lines = [{"text": HARMLESS}] * BATCH + [{"text": HARMLESS, "late": [1, 2], "none": None}]
    _, written = run(b"broken\n" + b"".join(map(dump, lines)), "jsonl", "csv")
    rows = table(written)
    assert ["text", "late", "none", *FLAT_COLUMNS] == list(rows[0])
    assert BATCH + 2 == len(rows)
    assert ("[1, 2]", "") == (rows[-1]["late"], rows[-1]["none"])


def test_input_columns_with_our_names_are_kept(run: Scan) -> None:
    _, written = run(f"text,language,input_risk,risk\n{HARMLESS},xx,1,2\n", "csv", "csv")
    row = table(written)[0]
    assert ["text", "input_language", "input_risk", "input_input_risk", *FLAT_COLUMNS] == list(row)
    assert ["xx", "1", "2", "en"] == [
        row[n] for n in ("input_language", "input_risk", "input_input_risk", "language")
    ]
    _, written = run(dump({"check": "mine", "text": HARMLESS}))
    assert "mine" == objects(written)[0]["input_check"]


def test_an_own_output_can_be_scanned_again(run: Scan) -> None:
    _, once = run(f"text\n{HARMLESS}\n", "csv", "csv")
    _, twice = run(once, "csv", "csv")
    row = table(twice)[0]
    assert (row["input_verdict"], row["input_risk"]) == (row["verdict"], row["risk"])


# --- which columns ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "columns"),
    [
        ("text,other", {}),
        ("message,other", {}),
        ("body,text", {"text": "body"}),
        ("text,message", {}),
        ("\ufefftext,other", {}),
    ],
)
def test_the_column_of_the_messages(run: Scan, header: str, columns: dict[str, str]) -> None:
    _, written = run(f"{header}\n{SUPPORT},x\n", "csv", "csv", **columns)
    assert f"email:{SUPPORT}" == table(written)[0]["contacts"]


@pytest.mark.parametrize(
    ("columns", "code", "named"),
    [
        ({"text": "body"}, "no-text-column", "'body'"),
        ({"language": "lang"}, "no-column", "'lang'"),
        ({"kept": ("seller",)}, "no-column", "'seller'"),
    ],
)
def test_a_missing_column_is_named(
    run: Scan, columns: dict[str, Any], code: str, named: str
) -> None:
    with pytest.raises(InputError) as caught:
        run("text,id\nx,1\n", "csv", "csv", **columns)
    assert code == caught.value.code
    assert named in str(caught.value)
    assert "text, id" in str(caught.value)


def test_a_language_hint_that_is_not_known_is_no_hint(run: Scan) -> None:
    body = "text,lang\n12345,pl\n12345,\n12345,Klingon\n"
    summary, written = run(body, "csv", "csv", language="lang")
    assert 0 == summary.refused
    assert ["", "", ""] == [row["error"] for row in table(written)]


# --- broken rows ------------------------------------------------------------------------

BROKEN_LINES = [
    (b"{", "not valid JSON"),
    (b'"text"', "not a JSON object"),
    (b"[1]", "not a JSON object"),
    (b"null", "not a JSON object"),
    (b'{"text": "\xff"}', "not UTF-8"),
    (b"\xff\xfe", "not UTF-8"),
    (b'{"text": NaN}', "cannot be read"),
    (b'{"text": "x", "n": 1e999}', "cannot be read"),
    (b'{"text": "x", "n": ' + b"9" * 5000 + b"}", "cannot be read"),
    (b'{"text": "x", "n": ' + b"[" * 20_000 + b"]" * 20_000 + b"}", "cannot be read"),
    (b'{"text": "' + b"x" * LINE_LIMIT + b'"}', "longer than"),
    (b"", "is empty"),
    (b'{"other": "x"}', "no field 'text' or 'message'"),
    (b'{"text": 5}', "not text"),
    (b'{"text": null}', "not text"),
    (b'{"text": ["x"]}', "not text"),
    (b'{"text": "  "}', "no text"),
    (b'{"text": "' + b"x" * 20_001 + b'"}', "limit"),
]


@pytest.mark.parametrize(("line", "why"), BROKEN_LINES, ids=lambda v: str(v[:30]))
def test_a_broken_line_keeps_its_place(run: Scan, line: bytes, why: str) -> None:
    good = dump({"text": HARMLESS})
    summary, written = run(good + line + b"\n" + good)
    rows = objects(written)
    assert Summary(rows=3, refused=1) == summary
    assert ["clear", None, "clear"] == [row["check"].get("verdict") for row in rows]
    assert why in rows[1]["check"]["error"]
    assert ["error"] == list(rows[1]["check"])


BROKEN_CELLS = [
    (b'2,"open', "cannot be read"),
    (b'2,"open" again', "cannot be read"),
    (b"2,a,b,c", "has 4 fields"),
    (b"2,\xff", "not UTF-8"),
    (b"2,", "no text"),
    (b"2", "no text"),
    (b"2," + b"x" * 20_001, "limit"),
    (b"2," + b"x" * 140_000, "cannot be read"),
]


@pytest.mark.parametrize(("line", "why"), BROKEN_CELLS, ids=lambda v: str(v[:30]))
def test_a_broken_flat_row_keeps_its_place(run: Scan, line: bytes, why: str) -> None:
    summary, written = run(f"id,text\n1,{HARMLESS}\n".encode() + line + b"\n", "csv", "csv")
    first, second = table(written)
    assert Summary(rows=2, refused=1) == summary
    assert ("1", "clear", "") == (first["id"], first["verdict"], first["error"])
    assert ("2", "", "") == (second["id"], second["verdict"], second["risk"])
    assert why in second["error"]


def test_empty_lines_at_the_end_are_no_rows(run: Scan) -> None:
    assert 1 == run(dump({"text": HARMLESS}) + b"\n\n  \n")[0].rows
    assert 1 == run(f"text\n{HARMLESS}\n\n\n", "csv", "csv")[0].rows


def test_an_empty_file_gives_an_empty_file(run: Scan) -> None:
    assert (Summary(0, 0), b"") == run(b"")
    assert (Summary(0, 0), ",".join(["text", *FLAT_COLUMNS]) + "\n") == (
        (result := run("text\n", "csv", "csv"))[0],
        result[1].decode(),
    )


def test_half_a_surrogate_pair_comes_through(run: Scan) -> None:
    summary, written = run(b'{"text": "hi \\ud83d"}\n')
    assert 0 == summary.refused
    assert "hi \ud83d" == objects(written)[0]["text"]


# --- properties -------------------------------------------------------------------------

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)


class Parrot:
    """Judges nothing and tells only which text it was given."""

    limit = 100
    languages = detector().languages
    accept = Detector.accept

    @staticmethod
    def check_many(messages: Any) -> Any:
        for message in messages:
            yield message.text


@given(st.lists(st.one_of(TEXTS, st.none(), st.integers()), max_size=30))
def test_order_and_number_of_rows_are_kept(values: list[Any]) -> None:
    rows = [Row({"text": value}) for value in values]
    judged = list(judge_rows(Parrot(), rows, Columns()))  # type: ignore[arg-type]
    assert rows == [row for row, _, _ in judged]
    assert all((verdict is None) == bool(error) for _, verdict, error in judged)
    assert [v if isinstance(v, str) and v.strip() else None for v in values] == [
        verdict for _, verdict, _ in judged
    ]


def test_more_rows_than_a_batch_stay_in_order() -> None:
    rows = [Row({"text": "" if n % 7 == 0 else str(n)}) for n in range(2 * BATCH + 3)]
    judged = judge_rows(Parrot(), rows, Columns())  # type: ignore[arg-type]
    assert [None if n % 7 == 0 else str(n) for n in range(2 * BATCH + 3)] == [
        verdict for _, verdict, _ in judged
    ]


@given(st.binary(max_size=300))
def test_any_bytes_are_rows(body: bytes) -> None:
    rows = list(read_jsonl(io.BytesIO(body)))
    lines = body.removesuffix(b"\n").split(b"\n") if body else []
    while lines and not lines[-1].strip():
        lines.pop()
    assert len(lines) == len(rows)


@given(st.lists(TEXTS, min_size=1, max_size=4))
def test_a_flat_line_reads_back(cells: list[str]) -> None:
    written = flat_line(cells, ",").decode()
    assert [cells] == list(csv.reader(io.StringIO(written, newline=""), strict=True))


@given(st.sampled_from([*FLAT_COLUMNS, "check", "text"]), st.sets(st.text(max_size=3)))
def test_a_free_name_is_free(name: str, taken: set[str]) -> None:
    free = free_name(name, taken)
    assert free not in {*taken, *FLAT_COLUMNS, "check"}
    assert free.endswith(name)


# --- files ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "given_format", "form"),
    [
        ("a.csv", None, "csv"),
        ("a.CSV", None, "csv"),
        ("a.b.tsv", None, "tsv"),
        ("a.jsonl", None, "jsonl"),
        ("a.ndjson", None, "jsonl"),
        ("-", None, "jsonl"),
        ("a.txt", "csv", "csv"),
        ("a.csv", "tsv", "tsv"),
    ],
)
def test_the_format_of_a_file(name: str, given_format: str | None, form: str) -> None:
    assert form == format_of(name, given_format)


@pytest.mark.parametrize("name", ["a.txt", "a", "csv", "a.csv.gz"])
def test_an_unknown_format_is_named(name: str) -> None:
    with pytest.raises(InputError, match="--format") as caught:
        format_of(name)
    assert "unknown-format" == caught.value.code


def test_a_failed_scan_leaves_the_target_as_it_was(tmp_path: Path) -> None:
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text("nothing\nx\n")
    target.write_text("old")
    with pytest.raises(InputError):
        scan(detector(), str(source), str(target), Columns())
    assert "old" == target.read_text()
    assert {source, target} == set(tmp_path.iterdir())


def test_an_interrupted_scan_leaves_no_half_file(tmp_path: Path) -> None:
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_bytes(dump({"text": HARMLESS}))

    class Broken(Parrot):
        @staticmethod
        def check_many(messages: Any) -> Any:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        scan(Broken(), str(source), str(target), Columns())  # type: ignore[arg-type]
    assert [source] == list(tmp_path.iterdir())


def test_a_file_may_be_written_over_itself(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(dump({"text": HARMLESS}) * 3)
    scan(detector(), str(path), str(path), Columns())
    assert ["clear"] * 3 == [row["check"]["verdict"] for row in objects(path.read_bytes())]


def test_a_link_to_a_file_stays_a_link(tmp_path: Path) -> None:
    source, real, link = tmp_path / "in.jsonl", tmp_path / "real.jsonl", tmp_path / "out.jsonl"
    source.write_bytes(dump({"text": HARMLESS}))
    link.symlink_to(real)
    scan(detector(), str(source), str(link), Columns())
    assert link.is_symlink()
    assert 1 == len(objects(real.read_bytes()))


def test_a_device_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    source = tmp_path / "in.jsonl"
    source.write_bytes(dump({"text": HARMLESS}))
    scan(detector(), str(source), "/dev/null", Columns(), None, "jsonl")
    assert Path("/dev/null").is_char_device()


@pytest.mark.parametrize(
    ("source", "target", "code"),
    [
        ("none.csv", "out.csv", "missing-file"),
        (".", "out.csv", "unreadable-file"),
        ("in.csv", "none/out.csv", "unwritable-file"),
        ("double.csv", "out.csv", "duplicate-column"),
        ("quote.csv", "out.csv", "broken-header"),
    ],
)
def test_a_file_that_cannot_be_used_is_named(
    tmp_path: Path, source: str, target: str, code: str
) -> None:
    (tmp_path / "in.csv").write_text("text\nx\n")
    (tmp_path / "double.csv").write_text("text,text\nx,y\n")
    (tmp_path / "quote.csv").write_text('"text\nx\n')
    with pytest.raises(InputError) as caught:
        scan(detector(), str(tmp_path / source), str(tmp_path / target), Columns(), "csv", "csv")
    assert code == caught.value.code
    assert not (tmp_path / "out.csv").exists()
