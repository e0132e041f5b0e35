"""The report of a scan: its numbers are right, its contacts covered, nothing in it is alive."""

from __future__ import annotations

import csv
import html
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from detector.detector import Detector
from detector.policy import default_policy
from detector.scan.judge import Columns
from detector.scan.report import COVER, covered
from detector.scan.run import Options, scan

PHONE = "+44 7700 900123"
ROWS = [
    ("1", "lamp shop", "2026-03-01", f"Pay me by PayPal, not on AliExpress. Write {PHONE}"),
    ("2", "cable shop", "2026-03-01", f"Call me {PHONE}"),
    ("3", "toy shop", "2026-03-02", "Thank you, the parcel came today."),
    ("4", "toy shop", "2026-03-02", "Write to <b>anna.k@example.com</b> <script>alert(1)</script>"),
    ("5", "lamp shop", "2026-03-03", ""),
    ("6", "<i>wig</i> shop", "", "Спасибо, всё хорошо"),
]


class Page(HTMLParser):
    """Numbers by their marks, and what would be loaded."""

    def __init__(self, content: str) -> None:
        super().__init__()
        self.numbers: dict[str, str] = {}
        self.tags: list[str] = []
        self.loaded: list[str] = []
        self.text = ""
        self._name = ""
        self.feed(content)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        self.tags.append(tag)
        self.loaded += [str(named[k]) for k in ("src", "href", "srcset", "action") if k in named]
        keys = [k for k in named if k.startswith("data-")]
        if keys:
            self._name = f"{keys[0][5:]} {named[keys[0]]}"
        elif tag == "dd":
            self._name = str(named["id"])

    def handle_data(self, data: str) -> None:
        if self._name:
            self.numbers[self._name], self._name = data, ""
        self.text += data


def reported(detector: Detector, folder: Path, rows: list[tuple[str, ...]], **named: object) -> str:
    source = folder / "in.csv"
    with source.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([("id", "seller", "date", "text"), *rows])
    options = Options(report=str(folder / "r.html"), **named)  # type: ignore[arg-type]
    scan(detector, str(source), str(folder / "o.csv"), Columns(), options=options)
    return (folder / "r.html").read_text(encoding="utf-8")


def test_the_numbers_are_those_of_the_scan(detector: Detector, tmp_path: Path) -> None:
    page = Page(reported(detector, tmp_path, ROWS, policy=default_policy()))
    expected = {
        "rows": "6", "judged": "5", "refused": "1", "flagged": "3 (60.0 %)",
        "verdict fraudulent": "1", "verdict unofficial": "2", "verdict clear": "2",
        "verdict suspicious": "0", "rule phone-number": "2", "language ru": "1",
    }  # fmt: skip
    assert expected == {key: page.numbers[key] for key in expected}
    for told in ("2026-03-01", "2026-03-03", "lamp shop (1)", "cable shop (1)", "block", "row 1"):
        assert told in page.text or told == "2026-03-03"


def test_days_without_messages_are_not_invented(detector: Detector, tmp_path: Path) -> None:
    page = Page(reported(detector, tmp_path, ROWS))
    assert "2026-03-02" in page.text
    assert "2026-03-03" not in page.text  # its only row was refused


@pytest.mark.parametrize("is_shown", [False, True])
def test_contacts_are_covered_unless_asked_for(
    detector: Detector, tmp_path: Path, is_shown: bool
) -> None:
    page = html.unescape(reported(detector, tmp_path, ROWS, show_contacts=is_shown))
    for secret in (PHONE, "+447700900123", "anna.k@example.com", "900123"):
        assert is_shown == (secret in page)
    assert (COVER in page) != is_shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("+447700900123", "+44•••••••123"),
        ("telegram:@anna_k", "telegram:@a•••_k"),
        ("whatsapp:+447700900123", "whatsapp:+44•••••••123"),
        ("anna.k@example.com", "ann•.•@•••••••.com"),
        ("ab", "••"),
        ("qq:12345", "qq:1•••5"),
        ("", ""),
    ],
)
def test_a_covered_contact_cannot_be_used(value: str, shown: str) -> None:
    assert shown == covered(value)


def test_nothing_in_it_is_alive(detector: Detector, tmp_path: Path) -> None:
    hostile = [
        ("1", "<script>x</script>", "", "close the dispute <img src=x onerror=alert(1)> now"),
        ("2", "a", "", "Pay me by PayPal, not on AliExpress \x00 \u202e 😀 {{ 7*7 }}"),
        ("3", "b", "", "Pay me by PayPal, not on AliExpress. " + "x <b>" * 3_000),
    ]
    content = reported(detector, tmp_path, hostile)
    page = Page(content)
    assert set() == set(page.tags) & {"script", "img", "iframe", "link", "a", "form", "object", "b"}
    assert [] == page.loaded
    assert None is re.search(r"url\(|@import|https?://", content)
    assert "default-src 'none'" in content
    assert "{{ 7*7 }}" in page.text


def test_places_are_marked(detector: Detector, tmp_path: Path) -> None:
    content = reported(detector, tmp_path, ROWS)
    marked = " ".join(re.findall("<mark>([^<]*)</mark>", content))
    assert "PayPal" in html.unescape(marked)
    assert "Thank you" not in content


def test_a_long_message_shows_the_place(detector: Detector, tmp_path: Path) -> None:
    text = "good lamp. " * 900 + "Pay me by PayPal, not on AliExpress."
    content = reported(detector, tmp_path, [("1", "s", "", text)])
    assert "PayPal" in " ".join(re.findall("<mark>([^<]*)</mark>", content))
    assert len(content) < 20_000


def test_an_empty_table_has_a_report(detector: Detector, tmp_path: Path) -> None:
    page = Page(reported(detector, tmp_path, []))
    assert ("0", "0") == (page.numbers["rows"], page.numbers["flagged"])
    assert "No message was flagged." in page.text
