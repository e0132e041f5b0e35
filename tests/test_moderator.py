"""The moderator's page: upload, table, filters, download, deletion; bounded and reachable by one."""

from __future__ import annotations

import csv
import io
import re
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from detector.detector import Detector
from webapp import create_app, moderator

FRAUD = "Pay me by PayPal, not on AliExpress. Call +44 7700 900123"
ROWS = [
    ("1", "lamp", FRAUD),
    ("2", "cable", "Write me: +44 7700 900123"),
    ("3", "toy", "Thank you, the parcel came today."),
    ("4", "toy", "<script>alert(1)</script> write to anna.k@example.com"),
    ("5", "toy", ""),
]


@pytest.fixture
def client(
    detector: Detector, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[FlaskClient]:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    app = create_app(detector)
    yield app.test_client()
    for one in list(app.extensions["scans"]._scans.values()):
        app.extensions["scans"].drop(one)


def table(rows: list[tuple[str, ...]] = ROWS) -> bytes:
    stream = io.StringIO(newline="")
    csv.writer(stream).writerows([("id", "seller", "text"), *rows])
    return stream.getvalue().encode()


def uploaded(client: FlaskClient, content: bytes, name: str = "in.csv") -> str:
    """Upload a file, wait for the end, return the address of the scan."""
    answer = client.post("/scan?lang=en", data={"file": (io.BytesIO(content), name)})
    assert 303 == answer.status_code, answer.get_data(as_text=True)
    place = answer.headers["Location"]
    for _ in range(600):
        page = client.get(place).get_data(as_text=True)
        if 'http-equiv="refresh"' not in page:
            return place
        time.sleep(0.05)
    raise AssertionError("the scan did not end")


def taken(client: FlaskClient, place: str) -> TestResponse:
    """Download a file whole."""
    with client.get(place, buffered=True) as answer:
        return answer


def shown(client: FlaskClient, place: str) -> str:
    return client.get(place).get_data(as_text=True)


def test_the_gravest_come_first_with_marks_and_reasons(client: FlaskClient) -> None:
    page = shown(client, uploaded(client, table()))
    assert "5 rows" in page
    assert "3 flagged" in page
    assert "1 refused" in page
    found = re.findall(r'<summary><strong class="(\w+)"', page)
    assert ["fraudulent", "unofficial", "unofficial"] == found
    assert re.search(r"<mark>[^<]*PayPal", page)
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page
    ring = page[page.index("Contacts that several sellers share") :]
    assert "+447700900123" in ring
    assert "cable" in ring
    assert "lamp" in ring


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("verdict=fraudulent", 1), ("verdict=unofficial", 2), ("verdict=clear", 0),
        ("rule=email-address", 1), ("rule=no-such", 0), ("seller=toy", 1), ("seller=lamp", 1),
        ("seller=lamp&verdict=unofficial", 0), ("language=en", 2), ("verdict=' OR 1=1 --", 3),
        ("seller=' OR 1=1 --", 0), ("page=99", 3), ("page=-1", 3), ("page=x", 3),
    ],
)  # fmt: skip
def test_filters(client: FlaskClient, query: str, count: int) -> None:
    page = shown(client, f"{uploaded(client, table())}&{query}")
    assert count == page.count('<details class="found">')


def test_the_result_and_the_report_can_be_taken_and_all_is_deleted(
    client: FlaskClient, tmp_path: Path
) -> None:
    place = uploaded(client, table())
    base = place.split("?")[0]
    answer = taken(client, f"{base}/result")
    rows = list(csv.DictReader(io.StringIO(answer.get_data(as_text=True), newline="")))
    assert ["fraudulent", "unofficial", "clear", "unofficial", ""] == [r["verdict"] for r in rows]
    assert "attachment; filename=scamcheck-in.csv" == answer.headers["Content-Disposition"]
    report = taken(client, f"{base}/report").get_data(as_text=True)
    assert '<dd id="rows">5</dd>' in report
    assert "+447700900123" not in report
    assert [] != list(tmp_path.glob("scamcheck-*"))
    assert 303 == client.post(f"{base}/delete").status_code
    assert 404 == client.get(place).status_code
    assert 404 == client.get(f"{base}/result").status_code
    assert [] == list(tmp_path.glob("scamcheck-*"))


def test_a_scan_is_gone_after_a_while(
    client: FlaskClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = uploaded(client, table())
    monkeypatch.setattr(moderator, "MINUTES", -1)
    assert 404 == client.get(place).status_code
    assert [] == list(tmp_path.glob("scamcheck-*"))


def test_the_upload_itself_is_not_kept(client: FlaskClient, tmp_path: Path) -> None:
    uploaded(client, table())
    assert [] == list(tmp_path.glob("scamcheck-*/in*"))


def test_addresses_cannot_be_guessed(client: FlaskClient) -> None:
    places = {uploaded(client, table(ROWS[:1])).split("?")[0] for _ in range(3)}
    assert 3 == len(places)
    assert all(len(place.rsplit("/", 1)[1]) >= 32 for place in places)
    for token in ("x", "..", "%2e%2e", next(iter(places)).rsplit("/", 1)[1][:-1]):
        assert 404 == client.get(f"/scan/{token}").status_code
    assert 404 == client.get(f"{places.pop()}/table").status_code


def bomb() -> bytes:
    """A small workbook that unpacks to more than four gigabytes, by its own account."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"<c/>" * 1_000)
    content = bytearray(stream.getvalue())
    place = content.rindex(b"PK\x01\x02")
    content[place + 24 : place + 28] = (0xFFFFFFF0).to_bytes(4, "little")
    return bytes(content)


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        (b"a,b\n1,2\n", "in.csv", "has no column"),
        (b"x", "in.exe", "tells no known format"),
        (b"no parquet", "in.parquet", "it is no whole parquet file"),
        (bomb(), "in.xlsx", "cannot be read|unpacks to more"),
        (b"", "in.csv", "has no column"),
        (b"\x1f\x8bbroken", "in.csv.gz", "is no whole gzip file"),
    ],
)
def test_a_file_that_cannot_be_used_is_named(
    client: FlaskClient, tmp_path: Path, content: bytes, name: str, sentence: str
) -> None:
    page = shown(client, uploaded(client, content, name))
    assert re.search(sentence, page), page
    assert str(tmp_path) not in page
    assert "Traceback" not in page


def test_no_file_and_too_large_a_file(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "Choose a file first" in client.post("/scan?lang=en", data={}).get_data(as_text=True)
    monkeypatch.setattr(moderator, "LIMIT", 1_000)
    data = {"file": (io.BytesIO(b"text\n" + b"x" * 5_000), "in.csv")}
    assert 413 == client.post("/scan?lang=en", data=data).status_code
    data = {"file": (io.BytesIO(b"x" * 50_000), "in.csv")}
    assert 413 == client.post("/scan?lang=en", data=data).status_code


def test_rows_and_scans_are_bounded(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moderator, "MOST_ROWS", 3)
    assert "more than 3 rows" in shown(client, uploaded(client, table()))
    monkeypatch.setattr(moderator, "MOST_SCANS", 1)
    answer = client.post("/scan?lang=en", data={"file": (io.BytesIO(table()), "in.csv")})
    assert 503 == answer.status_code
    assert "Too many scans" in answer.get_data(as_text=True)


def test_a_hostile_name_stays_a_name(client: FlaskClient, tmp_path: Path) -> None:
    place = uploaded(client, table(), '../../<b>x</b>;".csv')
    page = shown(client, place)
    assert "<b>" not in page
    answer = taken(client, f"{place.split('?')[0]}/result")
    assert "\n" not in answer.headers["Content-Disposition"]
    assert {path.parent for path in tmp_path.rglob("out*")} <= set(tmp_path.glob("scamcheck-*"))
