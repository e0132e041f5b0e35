"""The page and the API: right answers, nothing kept, nothing fetched from anywhere."""

from __future__ import annotations

import ast
import json
import logging
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

import webapp
from detector import Detector, render
from detector.scan.text_rows import dump
from detector.translate import available
from detector.types import Finding, Level
from webapp import create_app
from webapp.app import FORM_LIMIT
from webapp.page import AFTERWARDS, pieces

SUPPORT = "support@aliexpress.com"
SECRET = "Zq7-do-not-log"
HARMLESS = "When will my parcel arrive?"


@pytest.fixture(scope="session")
def app(detector: Detector) -> Flask:
    return create_app(detector)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


# --- the page ---------------------------------------------------------------------------


def test_the_empty_page_asks_for_a_text(client: FlaskClient) -> None:
    page = client.get("/")
    assert 200 == page.status_code
    assert 1 == page.text.count("<textarea")
    assert '<section class="verdict' not in page.text


def test_the_answer_comes_verdict_first(client: FlaskClient) -> None:
    page = client.post("/", data={"text": SUPPORT}).text
    result = client.post("/api/v1/check", json={"text": SUPPORT}).json
    assert result is not None
    places = [
        page.index(f'class="verdict {result["verdict"]}"'),
        page.index(str(_escaped(result["findings"][0]["reason"]))),
        page.index(str(_escaped(result["advice"][-1]["text"]))),
        page.index('class="pasted"'),
        page.index('class="contacts"'),
    ]
    assert sorted(places) == places


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("'", "&#39;").replace('"', "&#34;")


@pytest.mark.parametrize("level", list(Level))
def test_every_verdict_has_its_own_shape(client: FlaskClient, level: Level) -> None:
    shapes = {}
    for each in Level:
        sign = client.application.jinja_env.get_template("sign.svg").render(verdict=each.label)
        shapes[each] = re.sub(r"\s+", " ", sign)
    assert 1 == list(shapes.values()).count(shapes[level])


@pytest.mark.parametrize(
    ("address", "header", "language"),
    [
        ("/", "pl-PL,pl;q=0.9,en;q=0.5", "pl"),
        ("/", "ru", "ru"),
        ("/", "xx,ru;q=0.3", "ru"),
        ("/", "xx", "en"),
        ("/", "", "en"),
        ("/", "q=;;,\x7f", "en"),
        ("/?lang=ru", "pl", "ru"),
        ("/?lang=xx", "pl", "pl"),
        ("/?lang=../ru", "pl", "pl"),
    ],
)
def test_the_language_of_the_page(
    client: FlaskClient, address: str, header: str, language: str
) -> None:
    page = client.get(address, headers={"Accept-Language": header})
    assert f'<html lang="{language}" dir="ltr">' in page.text
    assert "Accept-Language" in page.headers["Vary"]


@pytest.mark.parametrize("language", available())
def test_every_language_answers(client: FlaskClient, language: str) -> None:
    page = client.post(f"/?lang={language}", data={"text": SUPPORT}).text
    assert f'<html lang="{language}"' in page
    assert f'hreflang="{available()[-1]}"' in client.get("/").text
    # The other languages are asked with the same text, without a new paste.
    assert len(available()) == page.count('formaction="/?lang=')
    assert [] == re.findall(r"\{[a-z]+\}|%\([a-z]+\)s", page)


def test_what_was_pasted_is_shown_and_inert(client: FlaskClient) -> None:
    text = f"<script>alert(1)</script> \"'& {SUPPORT} http://evil.example/x {{{{ 7*7 }}}}"
    page = client.post("/", data={"text": text}).text
    assert ['<script src="/static/page.js" defer>'] == re.findall(r"<script[^>]*>", page)
    assert "&lt;script&gt;" in page
    assert "{{ 7*7 }}" in page
    # Contacts are no links: nobody may follow them by accident.
    links = re.findall(r'(?:href|src|action|formaction)="([^"]*)"', page)
    assert [] == [link for link in links if not link.startswith(("/", "#"))]


def test_line_ends_of_the_browser_do_not_move_the_places(client: FlaskClient) -> None:
    page = client.post("/", data={"text": f"hello\r\n\r\n{SUPPORT}"}).text
    shown = page[page.index('class="pasted"') : page.index("</p>", page.index('class="pasted"'))]
    assert SUPPORT == "".join(re.findall(r"<mark>(.*?)</mark>", shown))
    assert "\r" not in page


@pytest.mark.parametrize("text", [HARMLESS, SUPPORT, "Pay me by PayPal, not on AliExpress."])
def test_whom_it_has_happened_to_finds_advice_under_every_verdict(
    client: FlaskClient, text: str
) -> None:
    page = client.post("/?lang=en", data={"text": text}).text
    folded = re.findall(
        r'<details class="later"><summary>(.*?)</summary><p>(If you have .*?)<', page
    )
    assert [str(question) for question in AFTERWARDS.values()] == [ask for ask, _ in folded]


def test_advice_for_those_who_have_paid_is_folded_away(client: FlaskClient) -> None:
    page = client.post("/?lang=en", data={"text": "Pay me by PayPal, not on AliExpress."}).text
    folded = re.findall(r'<details class="later"><summary>(.*?)</summary>', page)
    assert str(AFTERWARDS["already-paid"]) in folded
    assert "<details open" not in page


@pytest.mark.parametrize(
    ("data", "status", "sentence"),
    [
        ({"text": ""}, 422, "There is nothing to check yet."),
        ({"text": " \n "}, 422, "There is nothing to check yet."),
        ({}, 422, "There is nothing to check yet."),
        ({"text": "x" * 20_001}, 422, "The text has 20001 characters, the limit is 20000."),
        ({"text": "x" * FORM_LIMIT}, 413, "The text is too long."),
    ],
)
def test_a_wrong_paste_is_explained(
    client: FlaskClient, data: dict[str, str], status: int, sentence: str
) -> None:
    page = client.post("/?lang=en", data=data)
    assert status == page.status_code
    assert f'role="alert">{sentence}' in page.text


def test_a_text_that_is_too_long_is_not_lost(client: FlaskClient) -> None:
    page = client.post("/?lang=pl", data={"text": "długi " * 4_000})
    assert "Tekst ma 24000 znaków, a limit to 20000." in page.text
    assert "długi długi" in page.text


@pytest.mark.parametrize(
    ("method", "address", "status"), [("get", "/none", 404), ("put", "/", 405)]
)
def test_a_wrong_address_leads_to_the_form(
    client: FlaskClient, method: str, address: str, status: int
) -> None:
    page = getattr(client, method)(address)
    assert status == page.status_code
    assert "<textarea" in page.text


# --- what must never happen -------------------------------------------------------------

ADDRESSES = ["/", "/static/style.css", "/healthz", "/api/v1/openapi.json", "/none", "/api/none"]


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_answer_is_closed_in(client: FlaskClient, address: str) -> None:
    with client.get(address) as answer:
        headers = answer.headers
    policy = dict(part.split(maxsplit=1) for part in headers["Content-Security-Policy"].split("; "))
    assert "'none'" == policy["default-src"]
    assert {"'none'", "'self'"} >= set(policy.values())
    assert "'self'" == policy["script-src"]
    assert "'none'" == policy["frame-ancestors"]
    assert "no-referrer" == headers["Referrer-Policy"]
    assert "nosniff" == headers["X-Content-Type-Options"]
    assert "DENY" == headers["X-Frame-Options"]
    assert "Set-Cookie" not in headers
    assert headers["Cache-Control"] == (
        "public, max-age=3600" if address.startswith("/static/") else "no-store"
    )


@pytest.mark.parametrize("address", ["/", "/rules", "/channels", "/about"])
def test_a_page_needs_nothing_from_elsewhere_and_no_script_of_its_own(
    client: FlaskClient, address: str
) -> None:
    inline = r"<script(?! src=\"/static/page.js\" defer></script>)|<style|\sstyle=|\son[a-z]+="
    foreign = r"(?:href|src|action)=\"(?!/[^/]|#)"
    pages = [client.get(address).text, client.post("/", data={"text": SUPPORT}).text]
    for page in pages:
        assert [] == re.findall(f"{inline}|{foreign}", page)


def test_no_static_file_fetches_anything() -> None:
    for path in (Path(webapp.__file__).parent / "static").iterdir():
        if path.suffix in {".css", ".js"}:
            source = path.read_text(encoding="utf-8")
            assert [] == re.findall(r"https?://|url\(|@import|fetch\(|XMLHttp|import ", source)


def test_what_is_pasted_is_never_logged(
    client: FlaskClient, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level(logging.DEBUG):
        client.post("/", data={"text": SECRET})
        client.post("/api/v1/check", json={"text": SECRET})
        client.post("/api/v1/scan", data=dump({"text": SECRET}))
    captured = capfd.readouterr()
    assert SECRET not in caplog.text + captured.out + captured.err


def test_a_defect_says_where_but_not_what(
    detector: Detector, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(message: Any) -> None:
        raise RuntimeError(message)

    client = create_app(detector).test_client()
    monkeypatch.setattr(detector, "check", fail)
    page = client.post("/", data={"text": SECRET})
    answer = client.post("/api/v1/check", json={"text": SECRET})
    assert (500, 500) == (page.status_code, answer.status_code)
    assert "defect" == json.loads(answer.text)["code"]
    assert SECRET not in caplog.text + page.text + answer.text
    assert "RuntimeError at " in caplog.text
    assert "test_webapp.py:" in caplog.text


def test_the_web_part_judges_nothing_itself() -> None:
    forbidden = {"re", "phonenumbers", "sklearn", "numpy", "tldextract", "email_validator"}
    for path in Path(webapp.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            assert set() == {name.partition(".")[0] for name in names} & forbidden


# --- the API ----------------------------------------------------------------------------


def test_the_api_answers_as_the_library(client: FlaskClient, detector: Detector) -> None:
    answer = client.post("/api/v1/check", json={"text": SUPPORT, "lang": "pl"})
    expected = render.as_object(detector.check(SUPPORT), "pl")
    assert 200 == answer.status_code
    assert expected == answer.json
    assert list(expected) == list(json.loads(answer.text))


def test_the_region_reads_national_numbers(client: FlaskClient) -> None:
    answer = client.post("/api/v1/check", json={"text": "22 108 44 17", "region": "pl"}).json
    assert answer is not None
    assert ["+48221084417"] == [contact["value"] for contact in answer["contacts"]]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{", 400, "broken-json"),
        (b"", 400, "broken-json"),
        (b"\xff", 400, "broken-json"),
        (b"[1]", 400, "broken-json"),
        (b'"text"', 400, "broken-json"),
        (b"{}", 422, "empty-text"),
        (b'{"text": ""}', 422, "empty-text"),
        (b'{"text": 5}', 422, "not-text"),
        (b'{"text": null}', 422, "not-text"),
        (b'{"text": ["x"]}', 422, "not-text"),
        (b'{"text": "x", "lang": "xx"}', 422, "unknown-language"),
        (b'{"text": "x", "lang": ["pl"]}', 422, "unknown-language"),
        (b'{"text": "x", "region": "UK"}', 422, "unknown-region"),
        (b'{"text": "x", "region": 48}', 422, "unknown-region"),
        (b'{"text": "' + b"x" * 20_001 + b'"}', 422, "text-too-long"),
        (b'{"text": "' + b"x" * FORM_LIMIT + b'"}', 413, "body-too-large"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_problem_has_a_stable_code(
    client: FlaskClient, body: bytes, status: int, code: str
) -> None:
    answer = client.post("/api/v1/check", data=body)
    problem = json.loads(answer.text)
    assert (status, "application/problem+json") == (answer.status_code, answer.content_type)
    assert (code, status) == (problem["code"], problem["status"])
    assert {"type", "title", "status", "detail", "code"} == set(problem)
    assert problem["detail"].endswith(".")


@pytest.mark.parametrize(
    ("method", "address", "status", "code"),
    [
        ("get", "/api/none", 404, "not-found"),
        ("get", "/api/v1/check", 405, "method-not-allowed"),
    ],
)
def test_a_wrong_call_is_a_problem_too(
    client: FlaskClient, method: str, address: str, status: int, code: str
) -> None:
    answer = getattr(client, method)(address)
    assert (status, code) == (answer.status_code, json.loads(answer.text)["code"])


def test_half_a_surrogate_pair_is_answered(client: FlaskClient) -> None:
    body = b'{"text": "hi \\ud83d"}'
    assert 200 == client.post("/api/v1/check", data=body).status_code
    assert "hi \ud83d" == json.loads(client.post("/api/v1/scan", data=body).text)["text"]


def test_a_file_is_scanned_line_by_line(client: FlaskClient) -> None:
    body = dump({"id": 1, "text": HARMLESS}) + b"broken\n" + dump({"text": SUPPORT})
    answer = client.post("/api/v1/scan", data=body)
    rows = [json.loads(line) for line in answer.text.splitlines()]
    assert "application/jsonl; charset=utf-8" == answer.content_type
    assert (1, "clear") == (rows[0]["id"], rows[0]["check"]["verdict"])
    assert "Line 2 is not valid JSON" in rows[1]["check"]["error"]
    assert SUPPORT == rows[2]["check"]["contacts"][0]["value"]


def test_a_scan_may_be_larger_than_a_page(client: FlaskClient) -> None:
    line = dump({"text": "hello", "note": "x" * 1_000})
    answer = client.post("/api/v1/scan", data=line * (FORM_LIMIT // len(line) + 5))
    assert 200 == answer.status_code
    assert FORM_LIMIT // len(line) + 5 == len(answer.text.splitlines())


def test_the_description_names_every_address(client: FlaskClient, app: Flask) -> None:
    described = client.get("/api/v1/openapi.json").json
    assert described is not None
    routes = {
        (rule.rule, method.lower())
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.endpoint.startswith("api.") and rule.endpoint != "api.openapi"
    }
    assert routes == {(path, m) for path, methods in described["paths"].items() for m in methods}


def test_the_service_tells_that_it_is_well(client: FlaskClient, detector: Detector) -> None:
    assert {"status": "ok", "rulebook": detector.rulebook_hash} == client.get("/healthz").json


# --- marked places ----------------------------------------------------------------------

PLACES = st.lists(st.tuples(st.integers(0, 30), st.integers(1, 10)), max_size=6)


@given(st.text(min_size=1, max_size=40), PLACES)
def test_no_character_is_lost_by_marking(text: str, places: list[tuple[int, int]]) -> None:
    spans = [(s, min(s + n, len(text))) for s, n in places if s < len(text)]
    findings = tuple(Finding(f"f{n}", Level.SUSPICIOUS, "rule", (s,)) for n, s in enumerate(spans))
    cut = pieces(replace(_verdict(), text=text, findings=findings))
    assert text == "".join(piece.text for piece in cut)
    marked = "".join(piece.text if piece.is_marked else "·" * len(piece.text) for piece in cut)
    covered = {place for start, end in spans for place in range(start, end)}
    assert marked == "".join(c if place in covered else "·" for place, c in enumerate(text))
    assert list(range(1, len(spans) + 1)) == sorted(n for piece in cut for n in piece.ends)


def _verdict() -> Any:
    from detector.types import Verdict

    return Verdict("", Level.CLEAR, 0.0, "en", "message", (), (), (), "", "")


def test_overlapping_places_carry_each_number_once() -> None:
    findings = (
        Finding("a", Level.SUSPICIOUS, "rule", ((0, 12),)),
        Finding("b", Level.SUSPICIOUS, "rule", ((6, 9), (10, 12))),
    )
    cut = pieces(replace(_verdict(), text="close dispute now", findings=findings))
    assert [("close ", ()), ("dis", (2,)), ("p", ()), ("ut", (1, 2)), ("e now", ())] == [
        (piece.text, piece.ends) for piece in cut
    ]
