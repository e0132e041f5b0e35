"""Spark gives the verdicts of a plain scan; on a real local Spark with two workers."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks.texts import messages
from detector.detector import LIMIT, Detector
from detector.errors import InputError
from detector.scan.judge import Columns
from detector.scan.run import Options
from detector.scan.run import scan as plain_scan
from detector.scan.work import Engine

JAVA = shutil.which("java")
pytestmark = [
    pytest.mark.skipif(
        JAVA is None, reason="NO JAVA: Spark is NOT tested; install openjdk-17-jre-headless"
    ),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # Spark's gateway leaves sockets
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]
ROWS = 100_000
FRAUD = "Pay me by PayPal, not on AliExpress."


@pytest.fixture(scope="module")
def session() -> Iterator[Any]:
    # Spark speaks with its Java half through a port of this machine.
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        patch.setenv("PYSPARK_PYTHON", sys.executable)
        patch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
        patch.setenv("PYTHONPATH", os.pathsep.join([str(Path.cwd()), *sys.path]))
        from pyspark.sql import SparkSession

        spark = (
            SparkSession.builder.master("local[2]")
            .config("spark.ui.enabled", "false")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.sql.shuffle.partitions", "2")
            .getOrCreate()
        )
        spark.sparkContext.setLogLevel("ERROR")
        yield spark
        spark.stop()


@pytest.fixture(autouse=True)
def _loopback(monkeypatch: pytest.MonkeyPatch, _no_network: None) -> None:
    """Allow connections to this machine: the way to the Java half of Spark."""
    import socket

    refuse = socket.socket.connect
    original = socket.socket.__mro__[1].connect  # type: ignore[attr-defined]

    def connect(self: socket.socket, address: Any) -> Any:
        is_local = isinstance(address, tuple) and address[0] in ("127.0.0.1", "::1", "localhost")
        return original(self, address) if is_local else refuse(self, address)

    monkeypatch.setattr(socket.socket, "connect", connect)


def judged(session: Any, rows: list[dict[str, Any]], **named: Any) -> list[Any]:
    from detector import spark

    df = session.createDataFrame(rows, "id int, message string, lang string, risk string")
    return spark.scan(df, **named).collect()  # type: ignore[no-any-return]


def row(number: int, text: str | None, lang: str | None = None) -> dict[str, Any]:
    return {"id": number, "message": text, "lang": lang, "risk": "mine"}


def test_rows_keep_their_place_and_say_what_is_wrong(session: Any, detector: Detector) -> None:
    texts = [FRAUD, None, "", "x" * (LIMIT + 1), "Thank you.", "write me: anna.k@example.com"]
    found = judged(session, [row(n, text) for n, text in enumerate(texts)])
    assert list(range(6)) == [one.id for one in found]
    assert ["fraudulent", None, None, None, "clear", "unofficial"] == [one.verdict for one in found]
    assert [False, True, True, True, False, False] == [bool(one.error) for one in found]
    assert "The text has 20001 characters" in found[3].error
    assert {"mine"} == {one.input_risk for one in found}
    verdict = detector.check(FRAUD)
    assert verdict.risk == found[0].risk
    assert [f.id for f in verdict.findings] == [f.id for f in found[0].findings]
    spans = [(s.start, s.end) for f in found[0].findings for s in f.spans]
    assert [span for f in verdict.findings for span in f.spans] == spans
    contact = found[5].contacts[0]
    assert ("email", "anna.k@example.com", "unofficial") == (
        contact.kind, contact.value, contact.status,
    )  # fmt: skip


def test_hints_and_regions(session: Any) -> None:
    found = judged(
        session, [row(1, "(202) 555-0143", "pl"), row(2, "12345 67", "xx")],
        language="lang", region="US", classify=False,
    )  # fmt: skip
    assert ["+12025550143"] == [c.value for c in found[0].contacts]
    assert "und" == found[1].language


def test_the_columns_are_typed(session: Any) -> None:
    from detector import spark

    df = session.createDataFrame([("x",)], "message string")
    names = {field.name: field.dataType.simpleString() for field in spark.scan(df).schema.fields}
    assert "double" == names["risk"]
    assert names["findings"].startswith("array<struct<id:string,level:string,origin:string,spans:")
    assert names["contacts"].startswith(
        "array<struct<kind:string,value:string,text:string,start:int"
    )


def test_a_missing_column_is_named(session: Any) -> None:
    from detector import spark

    df = session.createDataFrame([("x",)], "body string")
    with pytest.raises(InputError, match="has no column 'message'; it has: body"):
        spark.scan(df)


def test_spark_and_the_plain_scan_agree(session: Any, tmp_path: Path) -> None:
    """100,000 rows, four scripts; by rules, which is what differs if anything does."""
    from detector import spark

    source = tmp_path / "in.csv"
    with source.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(["id", "message"])
        writer.writerows(enumerate(messages(ROWS, seed=3)))
    plain = tmp_path / "plain.csv"
    engine = Engine(classify=False)
    plain_scan(engine, str(source), str(plain), Columns(), options=Options(workers=2))
    df = session.read.csv(str(source), header=True, quote='"', escape='"', multiLine=True)
    found = spark.flat(spark.scan(df.repartition(4), classify=False)).select(
        "id", "verdict", "risk", "findings", "contacts", "language"
    )
    told = {
        one.id: (one.verdict, f"{one.risk:.4f}", one.findings, one.contacts, one.language)
        for one in found.collect()
    }
    with plain.open(newline="", encoding="utf-8") as stream:
        wanted = {
            one["id"]: tuple(
                one[k] for k in ("verdict", "risk", "findings", "contacts", "language")
            )
            for one in csv.DictReader(stream)
        }
    assert ROWS == len(wanted)
    assert wanted == told


def test_the_command_reads_and_writes_what_spark_can(session: Any, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text(f'id,text\n1,"{FRAUD}"\n2,Thank you.\n')
    done = subprocess.run(
        [sys.executable, "-m", "detector", "scan", str(tmp_path / "in.csv"), "-o",
         str(tmp_path / "out.csv"), "--engine", "spark", "--rules-only"],
        capture_output=True, text=True, env={**os.environ, "SPARK_LOCAL_IP": "127.0.0.1"},
    )  # fmt: skip
    assert 0 == done.returncode, done.stderr[-2000:]
    rows = []
    for part in sorted((tmp_path / "out.csv").glob("*.csv")):
        with part.open(newline="", encoding="utf-8") as stream:
            rows += list(csv.DictReader(stream))
    assert [("1", "fraudulent"), ("2", "clear")] == [(one["id"], one["verdict"]) for one in rows]


def test_options_that_spark_has_not_are_refused(tmp_path: Path) -> None:
    from click.testing import CliRunner

    from detector.cli import main

    (tmp_path / "in.csv").write_text("text\nx\n")
    arguments = ["scan", str(tmp_path / "in.csv"), "-o", str(tmp_path / "o"), "--engine", "spark"]
    result = CliRunner().invoke(main, [*arguments, "--mask", "--resume"])
    assert 2 == result.exit_code
    assert "--mask, --resume cannot be had with --engine spark" in result.stderr
