"""The command: what it prints, how it ends, and one clear sentence when it cannot."""

from __future__ import annotations

import csv
import gc
import io
import json
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask import Flask

from detector import cli, render
from detector.cli import main
from detector.detector import LIMIT, Detector
from detector.types import Level

FRAUD = "Pay me by PayPal, not on AliExpress."
OBJECT_KEYS = [
    "verdict", "risk", "language", "subject", "contacts", "findings", "advice", "rulebook", "model",
]  # fmt: skip


@pytest.fixture(autouse=True)
def _loaded_once(detector: Detector, monkeypatch: pytest.MonkeyPatch) -> None:
    load = cli._load
    monkeypatch.setattr(cli, "_load", lambda name: load(name) if name else detector)


def run(arguments: Sequence[str], given: bytes | None = None) -> Result:
    return CliRunner().invoke(main, list(arguments), input=given)


def refused(result: Result) -> str:
    """Return the one sentence on standard error of a command that was refused."""
    assert 2 == result.exit_code
    assert "" == result.stdout
    assert isinstance(result.exception, SystemExit)
    sentence = result.stderr.removesuffix("\n")
    assert "\n" not in sentence
    assert sentence.startswith("scamcheck: ")
    assert sentence.endswith(".")
    return sentence.removeprefix("scamcheck: ")


# --- check -------------------------------------------------------------------------------


def test_check_prints_the_answer() -> None:
    result = run(["check", FRAUD])
    assert 0 == result.exit_code
    assert result.stdout.startswith("FRAUDULENT: Matches a known fraud pattern.\n")
    assert "" == result.stderr


def test_check_json_is_the_result_object(detector: Detector) -> None:
    result = run(["check", "--json", FRAUD])
    assert render.as_object(detector.check(FRAUD)) == json.loads(result.stdout)
    assert OBJECT_KEYS == list(json.loads(result.stdout))
    assert 1 == result.stdout.count("\n")


@pytest.mark.parametrize("arguments", [["check", "-"], ["check"]])
def test_check_reads_standard_input(arguments: list[str]) -> None:
    result = run([*arguments, "--json"], FRAUD.encode())
    assert "fraudulent" == json.loads(result.stdout)["verdict"]


def test_a_text_that_begins_with_a_dash_comes_after_two() -> None:
    result = run(["check", "--json", "--", "-- " + FRAUD])
    assert "fraudulent" == json.loads(result.stdout)["verdict"]


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "FRAUDULENT: Matches a known fraud pattern."),
        ("pl", "FRAUDULENT: Pasuje do znanego schematu oszustwa."),
        ("ru", "FRAUDULENT: Соответствует известной схеме мошенничества."),
    ],
)
def test_check_answers_in_the_language_wished(language: str, sentence: str) -> None:
    assert sentence == run(["check", "--lang", language, FRAUD]).stdout.splitlines()[0]


def test_check_answers_in_the_language_of_the_message() -> None:
    text = "Zamknij spór, zwrócę pieniądze przez PayPal."
    assert "Dlaczego" in run(["check", text]).stdout.splitlines()


@pytest.mark.parametrize(
    ("region", "value"),
    [("US", "+12025550143"), ("us", "+12025550143"), ("GB", None)],
)
def test_a_region_reads_national_numbers(region: str, value: str | None) -> None:
    result = run(["check", "--json", "--region", region, "(202) 555-0143"])
    contacts = json.loads(result.stdout)["contacts"]
    assert ([value] if value else []) == [
        c["value"] for c in contacts if c["value"].startswith("+1")
    ]


def test_a_text_at_the_limit_is_judged() -> None:
    result = run(["check", "--json", "-"], b"a " * (LIMIT // 2))
    assert (0, "clear") == (result.exit_code, json.loads(result.stdout)["verdict"])


@pytest.mark.parametrize(
    ("arguments", "given", "sentence"),
    [
        (["check", ""], None, "There is no text; paste a message or a contact."),
        (["check", " \t\n\u00a0"], None, "There is no text; paste a message or a contact."),
        (["check", "-"], b"", "There is no text; paste a message or a contact."),
        (["check"], b"", "There is no text; paste a message or a contact."),
        (["check", "x" * (LIMIT + 1)], None,
         "The text has 20001 characters, the limit is 20000; paste a shorter part."),
        (["check", "-"], b"hello \xff",
         "Standard input is not UTF-8 at byte 6; convert it to UTF-8."),
        (["check", "hello \udcff"], None,
         "The text is not UTF-8 at character 6; convert it to UTF-8."),
        (["check", "x", "--lang", "xx"], None, "There are no answers in 'xx'; use one of en, "),
        (["check", "x", "--lang", "PL"], None, "There are no answers in 'PL'; use one of en, "),
        (["check", "x", "--lang", ""], None, "There are no answers in ''; use one of en, "),
        (["check", "x", "--region", "UK"], None,
         "The region 'UK' is not known; use an ISO 3166 code such as PL or GB."),
        (["check", "x", "--region", ""], None,
         "The region '' is not known; use an ISO 3166 code such as PL or GB."),
        (["check", "x", "--region", "Poland"], None, "The region 'POLAND' is not known; "),
        (["check", "x", "--marketplace", "nowhere"], None, ""),
        (["check", "x", "--marketplace", "../rules/threat"], None, ""),
        (["rules", "no-such-rule"], None,
         "There is no rule 'no-such-rule'; the command 'scamcheck rules' lists them."),
        (["rules", "--lang", "xx"], None, "There are no answers in 'xx'; use one of en, "),
        (["scan", "no.csv", "-o", "-"], None,
         "The file 'no.csv' cannot be read (No such file or directory);"
         " check its name and rights."),
        (["scan", "-", "-o", "out.text"], b"{}",
         "The ending of 'out.text' tells no known format; name it with --format ("),
        (["scan", "-", "-o", "no/out.csv"], b"{}",
         "The file 'no/out.csv' cannot be written (No such file or directory);"
         " choose another place."),
        (["scan", "-", "-o", "-", "--format", "csv"], b"a,b\n1,2\n",
         "'-' has no column 'text' or 'message'; it has: a, b."
         " Name the right one with --text."),
        (["scan", "-", "-o", "-", "--format", "csv", "--id", "id"], b"text\nx\n",
         "'-' has no column 'id'; it has: text. Name another."),
        (["scan", "-", "-o", "-", "--region", "UK"], b"{}",
         "The region 'UK' is not known; use an ISO 3166 code such as PL or GB."),
    ],
)  # fmt: skip
def test_bad_input_ends_with_one_sentence(
    arguments: list[str],
    given: bytes | None,
    sentence: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert refused(run(arguments, given)).startswith(sentence)
    assert [] == list(tmp_path.iterdir())


def test_an_unknown_option_is_refused() -> None:
    result = run(["check", "x", "--no-such"])
    assert (2, "") == (result.exit_code, result.stdout)
    assert "No such option" in result.stderr


def test_the_colours_cover_every_level() -> None:
    assert {level.label for level in Level} == set(cli.COLOURS)


FOUND = "{} fraudulent, 0 unofficial, 0 suspicious, 0 official, {} clear\n"


# --- scan --------------------------------------------------------------------------------


def test_scan_of_good_rows_ends_well(tmp_path: Path) -> None:
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text(f'id,text,shop\n1,"{FRAUD}",A\n2,Thank you.,B\n')
    result = run(["scan", str(source), "-o", str(target), "--id", "id", "--seller", "shop"])
    assert (0, "2 rows: 2 judged, 0 refused\n" + FOUND.format(1, 1)) == (
        result.exit_code,
        result.stderr,
    )
    rows = list(csv.DictReader(io.StringIO(target.read_text())))
    assert [("1", "A", "fraudulent"), ("2", "B", "clear")] == [
        (row["id"], row["shop"], row["verdict"]) for row in rows
    ]


@pytest.mark.parametrize(
    ("target_format", "shown"),
    [("jsonl", ["fraudulent", None, "clear"]), ("csv", None), ("tsv", None)],
)
def test_scan_of_a_broken_row_keeps_its_place_and_ends_with_one(
    target_format: str, shown: list[str | None] | None
) -> None:
    given = json.dumps({"text": FRAUD}) + '\n{"text": x}\n' + '{"text": "Thank you."}\n'
    result = run(["scan", "-", "-o", "-", "--output-format", target_format], given.encode())
    assert (1, "3 rows: 2 judged, 1 refused\n" + FOUND.format(1, 1)) == (
        result.exit_code,
        result.stderr,
    )
    if shown:
        checks = [json.loads(line)["check"] for line in result.stdout.splitlines()]
        assert shown == [check.get("verdict") for check in checks]
        return
    delimiter = "," if target_format == "csv" else "\t"
    rows = list(csv.DictReader(io.StringIO(result.stdout), delimiter=delimiter))
    assert ["fraudulent", "", "clear"] == [row["verdict"] for row in rows]
    assert ["", "Line 2 is not valid JSON at column 10; correct it.", ""] == [
        row["error"] for row in rows
    ]


def test_scan_reads_what_the_options_name(tmp_path: Path) -> None:
    source = tmp_path / "in.txt"
    source.write_text("body\tlang\n(202) 555-0143\tpl\n")
    result = run(
        ["scan", str(source), "--format", "tsv", "-o", "-", "--text", "body",
         "--lang-column", "lang", "--region", "us"]
    )  # fmt: skip
    check = json.loads(result.stdout)["check"]
    assert ("pl", "+12025550143") == (check["language"], check["contacts"][0]["value"])


def test_scan_says_when_the_disk_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> bytes:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("detector.scan.output.as_line", full)
    target = tmp_path / "out.jsonl"
    sentence = refused(run(["scan", "-", "-o", str(target)], b'{"text": "x"}\n'))
    assert "Writing stopped (No space left on device); nothing was kept." == sentence
    assert [] == list(tmp_path.iterdir())


# --- rules -------------------------------------------------------------------------------


def test_rules_lists_all_as_a_table(detector: Detector) -> None:
    result = run(["rules"])
    assert 0 == result.exit_code
    assert [] == [rule.id for rule in detector.rules if rule.id not in result.stdout]


def test_rules_as_json(detector: Detector) -> None:
    rows = json.loads(run(["rules", "--json", "--lang", "pl"]).stdout)
    assert [rule.id for rule in detector.rules] == [row["id"] for row in rows]
    assert ["id", "level", "title", "why", "example", "source"] == list(rows[0])
    assert [] == [row for row in rows if not all(row.values()) or "{" in row["why"]]
    refund = next(row for row in rows if row["id"] == "off-platform-refund")
    assert "Zwrot poza platformą" == refund["title"]


def test_rules_shows_one() -> None:
    lines = run(["rules", "off-platform-refund"]).stdout.splitlines()
    assert ["id: off-platform-refund", "level: fraudulent"] == lines[:2]
    assert "why: The message promises a refund outside AliExpress." in "\n".join(lines)


# --- serve -------------------------------------------------------------------------------


# waitress leaves its half-made server open when it cannot listen; the program ends then.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_serve_says_when_the_port_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webapp.create_app", lambda: Flask("empty"))
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        sentence = refused(run(["serve", "--port", str(port)]))
    gc.collect()
    assert sentence.startswith(f"Cannot listen on 127.0.0.1:{port} (")
    assert sentence.endswith("stop what runs there or choose another --port.")


@pytest.mark.parametrize("port", ["0", "65536", "-1", "http"])
def test_serve_refuses_what_is_no_port(port: str) -> None:
    result = run(["serve", "--port", port])
    assert 2 == result.exit_code
    assert "--port" in result.stderr


def test_serve_tells_where_it_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    def run_many(app: Flask, listening: socket.socket, workers: int) -> None:
        ran.append((listening.getsockname()[1] > 0, workers))

    ran: list[tuple[bool, int]] = []
    monkeypatch.setattr("webapp.create_app", lambda: Flask("empty"))
    monkeypatch.setattr("webapp.serve.run_many", run_many)
    monkeypatch.setattr("webapp.serve.listen", lambda host, port: socket.create_server((host, 0)))
    result = run(["serve", "--workers", "3"])
    assert (0, [(True, 3)]) == (result.exit_code, ran)
    assert "http://127.0.0.1:8000" in result.stdout


# --- as a program ------------------------------------------------------------------------


def program(*arguments: str | bytes, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "detector", *arguments],
        input=given, capture_output=True, timeout=120, check=False,
        env={"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"}, cwd=Path(__file__).parents[1],
    )  # fmt: skip


def test_the_program_answers_in_utf_8() -> None:
    done = program("check", "--lang", "ru", "-", given=FRAUD.encode())
    assert (0, b"") == (done.returncode, done.stderr)
    first = done.stdout.decode().splitlines()[0]
    assert "FRAUDULENT: Соответствует известной схеме мошенничества." == first


@pytest.mark.parametrize(
    ("arguments", "given"),
    [
        (["check", b"caf\xe9"], b""),
        (["check", "-"], b"caf\xe9"),
        (["scan", "no/such/file.csv", "-o", "out.csv"], b""),
    ],
)
def test_the_program_ends_without_a_traceback(arguments: list[str | bytes], given: bytes) -> None:
    done = program(*arguments, given=given)
    assert (2, b"") == (done.returncode, done.stdout)
    assert 1 == done.stderr.count(b"\n")
    assert done.stderr.startswith(b"scamcheck: ")
