"""Hostile pastes and requests: they stay text, they are answered, and they leave no trace."""

from __future__ import annotations

import json
import logging
from html.parser import HTMLParser
from typing import NoReturn

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detector.detector import LIMIT, Detector
from webapp import create_app
from webapp.api import SCAN_LIMIT
from webapp.app import FORM_LIMIT

FRAUD = "Pay me by PayPal, not on AliExpress."
SECRET = "Xyzzy-4711-plugh"
"""Stands in pasted texts and must turn up nowhere but in the body of the answer."""
TAGS = frozenset(
    "html head meta title link script body header footer nav a img details summary ul li button main"
    " section svg path circle h1 h2 h3 p br mark sup ol small bdi span form label textarea input select option".split()
)
"""The elements of the page's own templates."""
VOID = frozenset({"meta", "link", "br", "img", "input"})


@pytest.fixture(scope="module")
def app(detector: Detector) -> Flask:
    return create_app(detector)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


class Page(HTMLParser):
    """A page as a browser reads it: tags, attributes, and the text of the two places of a paste."""

    def __init__(self, body: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str]] = []
        self.shown = self.field = ""
        self.scripts: list[str | None] = []
        self._open: list[tuple[str, str]] = []
        self._field = ""
        self.feed(body)
        self.close()
        assert [] == self._open, "an element is not closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag == "script":
            self.scripts.append(dict(attrs).get("src"))
        if tag == "textarea":
            self._field = dict(attrs).get("name") or ""
        if tag not in VOID:
            self._open.append((tag, dict(attrs).get("class") or ""))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert tag == self._open.pop()[0], f"{tag} closes another element"

    def handle_data(self, data: str) -> None:
        open_tags = [tag for tag, _ in self._open]
        if ("p", "pasted") in self._open and "sup" not in open_tags:
            self.shown += data
        assert "script" not in open_tags, "a script within the page"
        if "textarea" in open_tags and self._field == "text":
            self.field += data


# --- what is pasted stays text -------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script> " + FRAUD,
        "</textarea><img src=x onerror=alert(1)>",
        "\"'><svg onload=alert(1)>",
        "{{ 7 * 7 }} {% raw %} ${7*7} %(x)s {marketplace}",
        "&lt;b&gt; &amp; &#x3c; ]]> <!-- --> &notanentity;",
        "\n\n  two lines first\n" + FRAUD + "\n\tthen a tab  ",
        "👍🏽 e\u0301 \u202eLRM\u202c 我们 " + FRAUD + " العربية",
        'https://evil.example/<script>?q="><b> ' + FRAUD,
        "support@aliexpress.com</mark></p><iframe src=//evil.example>",
    ],
)
@pytest.mark.parametrize("language", ["en", "ru"])
def test_a_paste_comes_back_as_the_same_text(client: FlaskClient, text: str, language: str) -> None:
    page = Page(client.post(f"/?lang={language}", data={"text": text}).text)
    assert set() == page.tags - TAGS
    assert ["/static/page.js"] == page.scripts
    assert [] == [name for name, _ in page.attributes if name.startswith("on") or name == "style"]
    assert text == page.shown
    # A browser drops one line break behind <textarea>; the page puts it there.
    assert "\n" + text == page.field


def test_a_paste_of_the_widest_characters_is_taken_up_to_the_limit(client: FlaskClient) -> None:
    answer = client.post("/", data={"text": "👍" * LIMIT})
    assert 200 == answer.status_code
    assert "👍" * LIMIT == Page(answer.text).shown


@settings(
    deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\0"), max_size=60))
def test_any_paste_is_answered(client: FlaskClient, text: str) -> None:
    status = 200 if text.strip() else 422
    page = client.post("/", data={"text": text})
    told = client.post("/api/v1/check", json={"text": text})
    assert (status, status) == (page.status_code, told.status_code)
    if text.strip():
        assert text == Page(page.text).shown


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "The text has 20001 characters, the limit is 20000. Paste the important part."),
        ("pl", "Tekst ma 20001 znaków, a limit to 20000. Wklej najważniejszą część."),
        ("ru", "В тексте 20001 символов, предел — 20000. Вставьте важную часть."),
    ],
)
def test_a_refusal_is_in_the_language_of_the_page(
    client: FlaskClient, language: str, sentence: str
) -> None:
    answer = client.post(f"/?lang={language}", data={"text": "y" * (LIMIT + 1)})
    assert 422 == answer.status_code
    assert sentence in answer.text


# --- requests that nobody should make ------------------------------------------------------


@pytest.mark.parametrize("body", [b"[" * 200_000, b'{"a":' * 50_000, b'{"text": 1e999, "lang": 1}'])
def test_json_made_to_break_the_reader_is_a_problem_not_a_defect(
    client: FlaskClient, body: bytes
) -> None:
    answer = client.post("/api/v1/check", data=body, content_type="application/json")
    assert answer.status_code in (400, 422)
    assert "application/problem+json" == answer.content_type


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/", {"GET", "HEAD", "OPTIONS", "POST"}),
        ("GET", "/api/v1/check", {"OPTIONS", "POST"}),
    ],
)
def test_a_refused_method_names_those_that_work(
    client: FlaskClient, method: str, path: str, allowed: set[str]
) -> None:
    answer = client.open(path, method=method)
    assert (405, allowed) == (answer.status_code, set(answer.allow))


@pytest.mark.parametrize(
    "path",
    ["/static/../app.py", "/static/%2e%2e/app.py", "/static//etc/passwd", "/locale/", "/%00"],
)
def test_no_other_file_is_served(client: FlaskClient, path: str) -> None:
    answer = client.get(path, follow_redirects=True)
    assert 404 == answer.status_code
    assert "import" not in answer.text


def test_a_scan_is_refused_before_it_is_read(client: FlaskClient) -> None:
    answer = client.post("/api/v1/scan", environ_overrides={"CONTENT_LENGTH": str(SCAN_LIMIT + 1)})
    assert (413, "body-too-large") == (answer.status_code, json.loads(answer.text)["code"])
    assert FORM_LIMIT < SCAN_LIMIT


# --- no trace ------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [200, 422, 413, 500])
def test_a_paste_is_neither_logged_nor_put_in_an_address(
    client: FlaskClient,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    status: int,
) -> None:
    def broken(*_: object) -> NoReturn:
        raise KeyError(SECRET)

    if status == 500:
        monkeypatch.setattr(Detector, "check_many", broken)
    text = f"{FRAUD} {SECRET} " + "y" * {422: LIMIT, 413: FORM_LIMIT}.get(status, 0)
    with caplog.at_level(logging.DEBUG):
        page = client.post("/", data={"text": text})
        told = client.post("/api/v1/check", json={"text": text})
    assert (status, status) == (page.status_code, told.status_code)
    captured = capfd.readouterr()
    assert SECRET not in caplog.text + captured.out + captured.err
    assert SECRET not in f"{page.headers}{told.headers}"
    assert [] == [value for _, value in Page(page.text).attributes if SECRET in value]
    assert [] == [record for record in caplog.records if record.exc_info]


def test_the_reader_of_this_file_sees_broken_pages() -> None:
    with pytest.raises(AssertionError, match="is not closed"):
        Page("<p>")
    with pytest.raises(AssertionError, match="closes another"):
        Page("<p><b></p>")
    with pytest.raises(AssertionError, match="a script within"):
        Page("<script>x</script>")
