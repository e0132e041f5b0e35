"""What a shopper sees beyond the verdict: disguises, examples, a summary, sharing, pages to read."""

from __future__ import annotations

import html
import json
import re
from importlib.resources import files
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

import webapp
from detector import Detector
from detector.translate import available
from detector.types import Contact, Level
from webapp import create_app
from webapp.info import LONGEST_QUERY, card_rows, read_rows
from webapp.page import is_disguised

FRAUD = "Close the dispute, write me on WhatsApp +86 130 0000 0126 or boss@pay-fast.example."
WEIGHT = 60_000
"""Bytes of the first answer with all files it needs."""


@pytest.fixture(scope="module")
def app(detector: Detector) -> Flask:
    return create_app(detector)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


# --- the answer ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "value", "text", "expected"),
    [
        ("phone", "+48221084417", "22 1O8 44 l7", True),
        ("phone", "+48221084417", "22 108 44 17", False),
        ("phone", "+442079460123", "020 7946 0123", False),
        ("phone", "+48221084417", "+48 (22) 108-44-17", False),
        ("email", "a@b.example", "a (at) b dot example", True),
        ("email", "a@b.example", "A@B.example", False),
        ("url", "pay.example", "https://pay.example/x?y", False),
        ("url", "xn--pypal-4ve.example", "pаypal.example", True),
        ("handle", "telegram:@boss", "t.me/boss", False),
        ("handle", "telegram:@boss", "b0ss in TG", True),
    ],
)
def test_a_disguise_is_what_the_text_does_not_plainly_show(
    kind: str, value: str, text: str, expected: bool
) -> None:
    contact = Contact(kind, value, text, 0, len(text), None, "unofficial")  # type: ignore[arg-type]
    assert expected == is_disguised(contact)


def test_the_place_of_a_disguised_contact_says_what_it_was_read_as(client: FlaskClient) -> None:
    hidden = client.post(
        "/?lang=en", data={"text": "call 22 1O8 44 l7 in Poland, +48 22 1O8 44 l7"}
    )
    plain = client.post("/?lang=en", data={"text": "call +48 22 108 44 17"})
    assert "read as <bdi>+48221084417</bdi>" in hidden.text
    assert "read as" not in plain.text


def test_each_of_several_reasons_quotes_its_place(client: FlaskClient) -> None:
    page = client.post("/?lang=en", data={"text": FRAUD}).text
    why = page[page.index('class="reasons"') :].split("</ol>")[0]
    quoted = re.findall(r'<bdi class="quote">(.*?)</bdi>', why)
    assert quoted
    assert all(html.unescape(quote) in FRAUD for quote in quoted)


@pytest.mark.parametrize(
    ("text", "is_urgent"), [(FRAUD, True), ("When does my parcel come?", False)]
)
def test_where_minutes_count_the_bank_comes_before_the_other_steps(
    client: FlaskClient, text: str, is_urgent: bool
) -> None:
    page = client.post("/?lang=en", data={"text": text}).text
    assert is_urgent == (page.index("Already paid?") < page.index("What to do now"))
    assert 1 == page.count("Already paid?")


def test_the_summary_for_a_friend_holds_nothing_to_tap(client: FlaskClient) -> None:
    page = client.post("/?lang=en", data={"text": FRAUD}).text
    summary = html.unescape(page.split('id="summary"')[1].split("</textarea>")[0])
    assert "Matches a known fraud pattern" in summary
    assert "What to do now:" in summary
    assert "pay-fast[.]example" in summary
    assert [] == re.findall(r"[a-z]\.[a-z]{2,}|\w@\w", summary)


def test_an_answer_tells_how_old_its_facts_are(client: FlaskClient, detector: Detector) -> None:
    oldest = min(entry.checked for entry in detector.marketplace.channels)
    page = client.post("/?lang=en", data={"text": FRAUD}).text
    assert f"as of {oldest:%B} {oldest.day}, {oldest.year}." in page


def test_a_report_names_rules_and_not_the_text(client: FlaskClient, detector: Detector) -> None:
    page = client.post("/?lang=en", data={"text": FRAUD}).text
    report = page.split("This is wrong</summary>")[1].split("</details>")[0]
    assert "close-dispute" in report
    assert detector.rulebook_hash[:12] in report
    assert "pay-fast" not in report


@pytest.mark.parametrize("language", available())
def test_every_example_is_answered_with_a_warning(
    client: FlaskClient, detector: Detector, language: str
) -> None:
    front = client.get(f"/?lang={language}").text
    examples = [html.unescape(x) for x in re.findall(r'name="text" value="([^"]*)"', front)]
    assert 4 == len(examples)
    for text in examples:
        page = client.post(f"/?lang={language}", data={"text": text}).text
        assert '<section class="verdict' in page
        assert detector.check(text).level >= Level.UNOFFICIAL
    assert Level.FRAUDULENT == detector.check(examples[0]).level


def test_the_first_answer_is_light(client: FlaskClient) -> None:
    page = client.post("/", data={"text": FRAUD})
    wanted = set(re.findall(r'(?:href|src)="(/static/[^"]*|/manifest[^"]*)"', page.text))
    assert {"/static/style.css", "/static/page.js", "/static/icon.svg"} <= wanted
    total = len(page.data)
    for address in wanted:
        with client.get(address) as answer:
            assert 200 == answer.status_code
            total += len(answer.data)
    assert total <= WEIGHT


# --- the app on the phone -----------------------------------------------------------------


@pytest.mark.parametrize("language", available())
def test_the_manifest_speaks_the_language_and_names_files_that_exist(
    client: FlaskClient, language: str
) -> None:
    answer = client.get(f"/manifest.webmanifest?lang={language}")
    manifest = json.loads(answer.text)
    assert "application/manifest+json" == answer.content_type
    assert language == manifest["lang"]
    assert {"192x192", "512x512"} == {icon["sizes"] for icon in manifest["icons"]}
    for icon in manifest["icons"]:
        with client.get(icon["src"]) as file:
            width = int.from_bytes(file.data[16:20])
        assert icon["sizes"] == f"{width}x{width}"
    names = {
        json.loads(client.get(f"/manifest.webmanifest?lang={x}").text)["name"] for x in available()
    }
    assert len(available()) == len(names)


@pytest.mark.parametrize(
    ("title", "text", "url", "judged"),
    [
        ("", FRAUD, "", FRAUD),
        ("", "", "http://pay.example/x", "http://pay.example/x"),
        (
            "A shop",
            "Look at this",
            "http://pay.example/x",
            "A shop\nLook at this\nhttp://pay.example/x",
        ),
        ("", "Look: http://pay.example/x", "http://pay.example/x", "Look: http://pay.example/x"),
        ("same", "same", "same", "same"),
    ],
)
def test_what_another_app_shares_is_judged(
    client: FlaskClient, title: str, text: str, url: str, judged: str
) -> None:
    target = json.loads(client.get("/manifest.webmanifest").text)["share_target"]
    names = target["params"]
    fields = {names["title"]: title, names["text"]: text, names["url"]: url}
    assert ("POST", "multipart/form-data") == (target["method"], target["enctype"])
    page = client.post(target["action"], data=fields, content_type=target["enctype"])
    assert 200 == page.status_code
    field = page.text.split('id="text"')[1].split(">\n", 1)[1].split("</textarea>")[0]
    assert judged == html.unescape(field)


def test_nothing_shared_is_explained(client: FlaskClient) -> None:
    page = client.post("/share?lang=en", data={"text": " "}, content_type="multipart/form-data")
    assert 422 == page.status_code
    assert "There is nothing to check yet." in page.text


# --- the pages to read --------------------------------------------------------------------


@pytest.mark.parametrize("language", available())
@pytest.mark.parametrize("address", ["/rules", "/channels", "/about"])
def test_every_page_is_there_in_every_language(
    client: FlaskClient, address: str, language: str
) -> None:
    page = client.get(f"{address}?lang={language}")
    assert 200 == page.status_code
    assert f'<html lang="{language}"' in page.text
    # The way to the same page in another language.
    assert all(f'href="{address}?lang={code}"' in page.text for code in available())
    assert [] == re.findall(r"%\([a-z]+\)|\{[a-z]+\}", page.text)


def test_the_catalogue_holds_every_rule_with_its_examples(
    client: FlaskClient, detector: Detector
) -> None:
    page = html.unescape(client.get("/rules?lang=en").text)
    assert f"{len(detector.rules)} rules" in page
    for rule in detector.rules:
        assert f"<bdi>{rule.id}</bdi>" in page
        assert rule.hits[0].text in page
        assert rule.misses[0].text in page


@pytest.mark.parametrize(
    ("query", "found", "missed"),
    [
        ("close-dispute", "close-dispute", "asks-code"),
        ("CLOSE the dispute", "close-dispute", "asks-code"),
        ("спор", "close-dispute", "asks-code"),
    ],
)
def test_the_catalogue_is_searched_by_words(
    client: FlaskClient, query: str, found: str, missed: str
) -> None:
    page = client.get("/rules", query_string={"q": query, "lang": "ru"}).text
    assert f"<bdi>{found}</bdi>" in page
    assert f"<bdi>{missed}</bdi>" not in page


def test_a_search_is_bounded_and_stays_text(client: FlaskClient) -> None:
    query = '"><script>' + "x" * 1000
    page = client.get("/rules", query_string={"q": query, "lang": "en"}).text
    assert "0 rules" in page
    assert html.escape(query[:LONGEST_QUERY]).replace("&quot;", "&#34;") in page
    assert "x" * LONGEST_QUERY not in page


def test_the_channels_have_source_and_date_and_nothing_to_tap(
    client: FlaskClient, detector: Detector
) -> None:
    page = html.unescape(client.get("/channels?lang=en").text)
    main = page[page.index("<main") : page.index("</main>")]
    assert "<a " not in main
    market = detector.marketplace
    shown = [*market.channels, *market.phones, *market.mailboxes]
    for entry in shown:
        assert entry.source in main
    assert main.count("As of ") >= len(shown)
    assert f">{market.domains[0].domain}<" in main


def test_the_figures_are_those_of_the_card(client: FlaskClient) -> None:
    card = (files("detector.models") / "card.md").read_text(encoding="utf-8")
    both = next(line for line in card.splitlines() if line.startswith("| both |"))
    right, caught, _, alarms = re.findall(r"\| (\d+)\.?\d*% \(", both)[:4]
    page = client.get("/about?lang=en").text
    size = re.search(r"n=(\d+)", both)
    assert size is not None
    assert f"Measured on {size[1]} messages" in page
    for text in (both.split("|")[k] for k in (2, 3, 5)):
        assert f"{round(float(text.split('%')[0]))}%" in page
    assert len({right, caught, alarms}) > 1


def test_a_row_of_the_card_is_read_once() -> None:
    row = "| pl | 81.6% (75.4%–86.5%, n=185) | 71% (n=76) | 75% (n=108) | 2% (n=77) | 1% (n=77) |"
    assert {
        "pl": ("81.6% (75.4%–86.5%, n=185)", "71% (n=76)", "75% (n=108)", "2% (n=77)", "1% (n=77)")
    } == (read_rows(["| pl | 1 | 2 | 3 | 4 |", "text", row, row.replace("81", "99")]))
    assert "both" in card_rows()


def test_every_file_of_the_page_is_small() -> None:
    for path in (Path(webapp.__file__).parent / "static").iterdir():
        assert path.stat().st_size <= 20_000, path.name
