"""Long scans: parts, processes, stops and what comes after them."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import random
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from benchmarks.texts import messages
from detector.cli import main
from detector.detector import Detector
from detector.errors import InputError
from detector.policy import read_policy
from detector.scan import part as parts_module
from detector.scan.judge import Columns
from detector.scan.run import Options, scan
from detector.scan.work import Engine

COMMAND = [sys.executable, "-m", "detector"]
ENGINE = Engine(classify=False)
ROWS = 9_000


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A CSV of generated messages with sellers and days."""
    path = tmp_path_factory.mktemp("scan") / "in.csv"
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(["id", "seller", "date", "text"])
        for number, text in enumerate(messages(ROWS, seed=5)):
            day = f"2026-0{1 + number % 9}-11T10:00:00"
            writer.writerow([number, f"shop {number % 41}", day, text])
    return path


@pytest.fixture(scope="module")
def whole(table: Path, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """What a scan of the table gives that nobody disturbs."""
    target = tmp_path_factory.mktemp("whole") / "out.csv"
    scan(ENGINE, str(table), str(target), Columns())
    return target.read_bytes()


# --- the same whatever the way ---------------------------------------------------------------


@pytest.mark.parametrize("workers", [2, 3])
def test_the_output_does_not_depend_on_the_number_of_processes(
    table: Path, whole: bytes, tmp_path: Path, workers: int
) -> None:
    target = tmp_path / "out.csv"
    summary = scan(ENGINE, str(table), str(target), Columns(), options=Options(workers=workers))
    assert ROWS == summary.rows
    assert whole == target.read_bytes()
    assert ["out.csv"] == [path.name for path in tmp_path.iterdir()]


def test_further_files_do_not_depend_on_the_number_of_processes(
    table: Path, tmp_path: Path
) -> None:
    written = []
    for workers in (1, 2):
        names = [f"{workers}.{end}" for end in ("csv", "contacts.csv", "said.jsonl", "html")]
        out, contacts, said, report = [str(tmp_path / name) for name in names]
        options = Options(workers, contacts=contacts, statements=said, report=report)
        scan(ENGINE, str(table), out, Columns(), options=options)
        written.append([Path(name).read_bytes() for name in (contacts, said, report)])
    assert written[0] == written[1]


def test_contacts_are_counted_exactly(table: Path, whole: bytes, tmp_path: Path) -> None:
    target = tmp_path / "contacts.jsonl"
    scan(
        ENGINE,
        str(table),
        str(tmp_path / "o.csv"),
        Columns(),
        options=Options(contacts=str(target)),
    )
    seen: dict[str, list[tuple[str, str]]] = {}
    for row in csv.DictReader(io.StringIO(whole.decode(), newline="")):
        for contact in set(row["contacts"].split()):
            seen.setdefault(contact, []).append((row["seller"], row["date"]))
    told = {}
    for line in target.read_text(encoding="utf-8").splitlines():
        one = json.loads(line)
        name = one["value"] if one["kind"] == "handle" else f"{one['kind']}:{one['value']}"
        told[name] = (one["messages"], one["sellers"], one["first_seen"], one["last_seen"])
    assert told == {
        name: (
            len(rows),
            len({s for s, _ in rows}),
            min(d for _, d in rows),
            max(d for _, d in rows),
        )
        for name, rows in seen.items()
    }
    assert len(told) > 100


@pytest.mark.parametrize(
    "ending", ["csv.gz", "csv.zst", "jsonl", "jsonl.gz", "tsv", "parquet", "feather"]
)
def test_every_format_gives_the_same_verdicts(whole: bytes, tmp_path: Path, ending: str) -> None:
    """An output is scanned again, as another format, by two processes."""
    rows = list(csv.DictReader(io.StringIO(whole.decode(), newline="")))[:4_500]
    plain = [{name: row[name] for name in ("id", "text")} for row in rows]
    source, target = tmp_path / f"in.{ending}", tmp_path / f"out.{ending}"
    write(source, plain)
    scan(ENGINE, str(source), str(target), Columns(), options=Options(workers=2))
    read = list(read_back(target))
    assert [row["id"] for row in rows] == [str(row["id"]) for row in read]
    assert [row["verdict"] for row in rows] == [row["verdict"] for row in read]
    assert [row["contacts"] for row in rows] == [row["contacts"] for row in read]


def flat(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV."""
    with path.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def write(path: Path, rows: list[dict[str, Any]]) -> None:
    names = path.name.split(".")
    if names[1] in {"parquet", "feather"}:
        table = pa.Table.from_pylist(rows)
        if names[1] == "parquet":
            pq.write_table(table, path, row_group_size=3_100)
        else:
            with pa.ipc.new_file(path, table.schema) as writer:
                writer.write_table(table, max_chunksize=1_700)
        return
    if names[1] == "jsonl":
        content = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()
    else:
        stream = io.StringIO(newline="")
        writer = csv.DictWriter(stream, list(rows[0]), delimiter="\t" if names[1] == "tsv" else ",")
        writer.writeheader()
        writer.writerows(rows)
        content = stream.getvalue().encode()
    if names[-1] == "gz":
        content = gzip.compress(content)
    if names[-1] == "zst":
        content = pa.compress(content, "zstd", asbytes=True)
    path.write_bytes(content)


def read_back(path: Path) -> Iterator[dict[str, Any]]:
    names = path.name.split(".")
    if names[1] == "parquet":
        yield from pq.read_table(path).to_pylist()
        return
    if names[1] == "feather":
        with pa.ipc.open_file(path) as reader:
            yield from reader.read_all().to_pylist()
        return
    content = path.read_bytes()
    if names[-1] == "gz":
        content = gzip.decompress(content)
    if names[-1] == "zst":
        with pa.CompressedInputStream(pa.py_buffer(content), "zstd") as stream:
            content = stream.read()
    if names[1] == "jsonl":
        for line in content.decode().splitlines():
            row = json.loads(line)
            contacts = " ".join(
                c["value"] if c["kind"] == "handle" else f"{c['kind']}:{c['value']}"
                for c in row["check"]["contacts"]
            )
            yield {"id": row["id"], "verdict": row["check"]["verdict"], "contacts": contacts}
        return
    delimiter = "\t" if names[1] == "tsv" else ","
    yield from csv.DictReader(io.StringIO(content.decode(), newline=""), delimiter=delimiter)


def test_plain_lines_are_messages(detector: Detector, tmp_path: Path) -> None:
    (tmp_path / "in.txt").write_bytes(b"Thank you.\r\n\nPay me by PayPal, not on AliExpress.\n\n")
    summary = scan(detector, str(tmp_path / "in.txt"), str(tmp_path / "o.csv"), Columns())
    rows = flat(tmp_path / "o.csv")
    assert (3, 1) == (summary.rows, summary.refused)
    assert ["clear", "", "fraudulent"] == [row["verdict"] for row in rows]
    assert "Line 2 is empty; write a message there." == rows[1]["error"]


# --- encodings -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("encoding", "text", "is_named"),
    [
        ("cp1251", "Здравствуйте, закройте спор, вернём деньги на карту", True),
        ("cp1250", "Zażółć gęślą jaźń, proszę zamknąć spór", True),
        ("gb18030", "亲,请加我微信,我把钱退给你", True),
        ("shift_jis", "ありがとうございます。届きました", True),
        ("utf-16", "Вітаю, посилка прийшла", False),
        ("utf-16-le", "Вітаю, посилка прийшла", True),
        ("utf-8-sig", "Вітаю, посилка прийшла", False),
        ("utf-32", "Вітаю, посилка прийшла", True),
    ],
)
def test_encodings(
    detector: Detector, tmp_path: Path, encoding: str, text: str, is_named: bool
) -> None:
    content = f'id,text\n1,"{text}"\n2,"a, b"\n'
    (tmp_path / "in.csv").write_bytes(content.encode(encoding))
    options = Options(encoding=encoding if is_named else None)
    scan(detector, str(tmp_path / "in.csv"), str(tmp_path / "o.csv"), Columns(), options=options)
    rows = flat(tmp_path / "o.csv")
    assert [("1", text, ""), ("2", "a, b", "")] == [
        (row["id"], row["text"], row["error"]) for row in rows
    ]


@pytest.mark.parametrize("name", ["klingon", "rot13", "base64", ""])
def test_an_unknown_encoding_is_refused(detector: Detector, tmp_path: Path, name: str) -> None:
    (tmp_path / "in.csv").write_text("text\nx\n")
    with pytest.raises(InputError) as caught:
        scan(
            detector, str(tmp_path / "in.csv"), str(tmp_path / "o.csv"), Columns(),
            options=Options(encoding=name),
        )  # fmt: skip
    assert "unknown-encoding" == caught.value.code


@pytest.mark.parametrize("ending", ["csv.gz", "jsonl.gz", "csv.zst", "txt.zst"])
@pytest.mark.parametrize("content", [b"text\nno packing\n", "cut"])
def test_a_packed_file_that_is_broken_is_named(
    detector: Detector, tmp_path: Path, ending: str, content: Any
) -> None:
    if content == "cut":
        plain = b"".join(b"text %d\n" % number for number in range(20_000))
        packed = (
            gzip.compress(plain)
            if ending.endswith("gz")
            else pa.compress(plain, "zstd", asbytes=True)
        )
        content = packed[: len(packed) // 2]
    (tmp_path / f"in.{ending}").write_bytes(content)
    with pytest.raises(InputError) as caught:
        scan(detector, str(tmp_path / f"in.{ending}"), str(tmp_path / "o.csv"), Columns())
    assert caught.value.code in {"unreadable-file", "no-text-column"}
    assert [f"in.{ending}"] == [path.name for path in tmp_path.iterdir()]


# --- damage --------------------------------------------------------------------------------


def damaged() -> tuple[bytes, list[str]]:
    """10,000 rows of CSV, every tenth of them damaged; and the ids in order."""
    lines, names = [b"id,text,shop\n"], []
    for number, text in enumerate(messages(10_000, seed=8)):
        plain = text.replace('"', "").replace("\n", " ").encode()
        damage = number % 100
        end = (b"\n", b"\r\n", b"\r")[number % 3]
        names.append(str(number))
        start = f"{number},".encode()
        if damage == 7:
            lines.append(start + "посылка".encode("cp1251") + b",A" + end)
        elif damage == 17:
            lines.append(start + b"a\x00b " + plain.replace(b",", b" ") + b",A" + end)
        elif damage == 27:
            lines.append(start + b'"' + plain + b",A" + end)
        elif damage == 37 and number % 1000 == 37:
            lines.append(start + b"x" * 10_000_000 + b",A" + end)
        elif damage == 47:
            lines.append(start[:-1] + end)
        elif damage == 57:
            lines.append(start + b"too,many,cells,here" + end)
        elif damage == 67:
            lines.append(start + b'"ends" badly,A' + end)
        else:
            lines.append(start + b'"' + plain + b'",A' + end)
    return b"".join(lines), names


@pytest.mark.parametrize("workers", [1, 2])
def test_ten_thousand_rows_of_damage_lose_none(tmp_path: Path, workers: int) -> None:
    content, names = damaged()
    (tmp_path / "in.csv").write_bytes(content)
    target = tmp_path / "out.csv"
    summary = scan(
        ENGINE, str(tmp_path / "in.csv"), str(target), Columns(), options=Options(workers=workers)
    )
    csv.field_size_limit(20_000_000)
    try:
        rows = flat(target)
    finally:
        csv.field_size_limit(131_072)
    assert names == [row["id"] for row in rows]
    assert (10_000, 510) == (summary.rows, summary.refused)
    for row in rows:
        kind = int(row["id"]) % 100
        is_long = kind == 37 and int(row["id"]) % 1000 == 37
        assert (kind in {7, 27, 47, 57, 67} or is_long) == bool(row["error"]), row["error"]
        assert bool(row["error"]) != bool(row["verdict"])


# --- stops ---------------------------------------------------------------------------------


def started(table: Path, target: Path, *more: str) -> subprocess.Popen[bytes]:
    arguments = ["scan", str(table), "-o", str(target), "--quiet", "--rules-only", *more]
    return subprocess.Popen([*COMMAND, *arguments], stderr=subprocess.DEVNULL)


def test_a_scan_that_is_killed_goes_on_to_the_same_bytes(tmp_path: Path) -> None:
    """Five times, each a random while after another part was finished."""
    table, rows = tmp_path / "in.csv", 30_000
    with table.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([("id", "text"), *enumerate(messages(rows, seed=6))])
    calm, target = tmp_path / "calm.jsonl", tmp_path / "out.jsonl"
    assert 0 == started(table, calm, "--workers", "2").wait()
    folder = tmp_path / ".out.jsonl.scan"
    chance = random.Random(20261123)
    for _ in range(5):
        before = finished(folder)
        process = started(table, target, "--workers", "2", "--resume")
        while finished(folder) == before and process.poll() is None:
            time.sleep(0.01)
        time.sleep(chance.uniform(0, 0.3))
        process.send_signal(signal.SIGKILL)
        assert -signal.SIGKILL == process.wait(), "the scan was over before it was killed"
        assert not target.exists()
    summary = subprocess.run(
        [*COMMAND, "scan", str(table), "-o", str(target), "--resume", "--rules-only"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert f"{rows} rows: {rows} judged, 0 refused; " in summary.stderr
    assert calm.read_bytes() == target.read_bytes()
    assert {"in.csv", "calm.jsonl", "out.jsonl"} == {path.name for path in tmp_path.iterdir()}


def finished(folder: Path) -> int:
    """Return how many parts are done."""
    return len(list(folder.glob("0*.json"))) if folder.exists() else 0


def test_a_write_that_fails_is_resumed_to_the_same_bytes(
    table: Path, whole: bytes, tmp_path: Path
) -> None:
    """The disk is full: here, no file may grow beyond a size."""
    target = tmp_path / "out.csv"
    largest = len(whole) // 2

    def limited() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))

    arguments = [*COMMAND, "scan", str(table), "-o", str(target), "--workers", "1", "--rules-only"]
    failed = subprocess.run(arguments, capture_output=True, text=True, preexec_fn=limited)
    assert 2 == failed.returncode
    assert "what is judged is kept: make room and go on with --resume." in failed.stderr
    assert "Traceback" not in failed.stderr
    assert not target.exists()
    done = subprocess.run([*arguments, "--resume"], capture_output=True, text=True)
    assert 0 == done.returncode
    assert f"{ROWS} of them before this run" in done.stderr
    assert whole == target.read_bytes()


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda table: table.write_bytes(table.read_bytes() + b"9,s,,new\n"), "input"),
        (lambda table: None, "policy"),
    ],
)
def test_another_scan_is_not_gone_on_with(
    detector: Detector, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: Any, named: str
) -> None:
    monkeypatch.setattr(parts_module, "ROWS", 2)
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text("id,text\n" + "".join(f"{n},hello there\n" for n in range(6)))

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        scan(detector, str(source), str(target), Columns(), on_part=stop)
    assert (tmp_path / ".out.csv.scan" / "0000000.json").exists()
    change(source)
    options = Options(resume=True)
    if named == "policy":
        (tmp_path / "p.toml").write_text('[verdicts]\nfraudulent = "block"\n')
        options = Options(resume=True, policy=read_policy(str(tmp_path / "p.toml")))
    with pytest.raises(InputError, match="without --resume to begin anew") as caught:
        scan(detector, str(source), str(target), Columns(), options=options)
    assert named in caught.value.values["changed"]
    assert not target.exists()
    summary = scan(detector, str(source), str(target), Columns())
    assert summary.rows == len(target.read_text().splitlines()) - 1


def test_a_stopped_scan_judges_only_what_is_left(
    detector: Detector, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts_module, "ROWS", 2)
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text("id,text\n" + "".join(f"{n},hello there\n" for n in range(7)))
    seen = []

    def stop(summary: Any, share: float | None) -> None:
        seen.append(summary.rows)
        if len(seen) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        scan(detector, str(source), str(target), Columns(), on_part=stop)
    summary = scan(detector, str(source), str(target), Columns(), options=Options(resume=True))
    assert (7, 4) == (summary.rows, summary.kept)


def test_two_scans_do_not_write_one_output(
    detector: Detector, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text("id,text\n1,hello there\n")

    def again(*_: object) -> None:
        scan(detector, str(source), str(target), Columns())

    with pytest.raises(InputError, match="Another scan writes 'out.csv'") as caught:
        scan(detector, str(source), str(target), Columns(), on_part=again)
    assert "scan-running" == caught.value.code


# --- the command -----------------------------------------------------------------------------


def run(*arguments: str) -> Any:
    return CliRunner().invoke(main, [*arguments])


@pytest.mark.parametrize(
    ("level", "status"),
    [(None, 0), ("fraudulent", 0), ("unofficial", 3), ("suspicious", 3), ("official", 3)],
)
def test_fail_on_is_for_pipelines(tmp_path: Path, level: str | None, status: int) -> None:
    source = tmp_path / "in.csv"
    source.write_text("text\nok thanks\nwrite me: anna.k@example.com\n")
    more = ["--fail-on", level] if level else []
    result = run("scan", str(source), "-o", str(tmp_path / "o.csv"), "--quiet", *more)
    assert (status, "", "") == (result.exit_code, result.stdout, result.stderr)


def test_what_is_guessed_is_said(tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_text("Msg_ID,Body,Shop,Sent_At\n7,hello there,A,2026-01-02\n")
    result = run("scan", str(source), "-o", str(tmp_path / "o.csv"), "--seller", "Shop")
    said = "Reading messages from column 'Body', ids from column 'Msg_ID', dates from column 'Sent_At'."
    assert said == result.stderr.splitlines()[0]


def test_peak_memory_is_bounded_by_the_part(tmp_path: Path) -> None:
    """Four times the rows do not need more memory: what is read is let go."""
    peaks = []
    for count in (20_000, 80_000):
        source = tmp_path / f"{count}.csv"
        with source.open("w") as stream:
            stream.write("text\n")
            for number in range(count):
                stream.write(f"{number} спасибо, посылка пришла, всё хорошо, кабель не работает\n")
        code = (
            "import resource, sys\n"
            "from detector.scan.run import scan\n"
            "from detector.scan.work import Engine\n"
            "from detector.scan.judge import Columns\n"
            "scan(Engine(classify=False), sys.argv[1], sys.argv[2], Columns())\n"
            "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)\n"
        )
        arguments = [sys.executable, "-c", code, str(source), str(tmp_path / "o.csv")]
        done = subprocess.run(arguments, capture_output=True, text=True, check=True)
        peaks.append(int(done.stdout))
    assert peaks[1] <= peaks[0] * 1.1


def test_environment_is_left_as_it_was(table: Path, whole: bytes, tmp_path: Path) -> None:
    before = dict(os.environ)
    scan(ENGINE, str(table), str(tmp_path / "o.csv"), Columns(), options=Options(workers=2))
    assert before == dict(os.environ)
