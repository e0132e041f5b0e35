"""A shopper with a phone: types, reads the verdict, knows what to do."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from detector.translate import available

FRAUD = "Close the dispute and write me on WhatsApp +44 7700 900123, I will refund you by PayPal."
Opened = Callable[..., Any]
Picture = Callable[[Any], None]


def judged(page: Any, text: str = FRAUD) -> None:
    page.fill("#text", text)
    page.click("#ask button.main")
    page.wait_for_selector(".verdict")


def is_narrow(page: Any) -> bool:
    """Tell whether nothing sticks out at the side."""
    return bool(
        page.evaluate(
            "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
        )
    )


def test_from_text_to_verdict_to_advice(opened: Opened, picture: Picture) -> None:
    page = opened()
    judged(page)
    assert "fraud pattern" in page.inner_text(".verdict h1")
    assert page.locator("mark").count() >= 1
    assert page.locator("ol.advice li").count() >= 2
    assert "+447700900123" in page.inner_text(".contacts")
    # Contacts are text: nothing in the answer but the frame's own links can be followed.
    assert 0 == page.locator("main a").count()
    assert page.evaluate("document.cookie") == ""
    picture(page)


def test_an_example_is_one_tap(opened: Opened) -> None:
    page = opened()
    page.locator(".examples button").first.click()
    page.wait_for_selector(".verdict.fraudulent")


def test_somebody_who_has_paid_finds_the_advice(opened: Opened) -> None:
    page = opened()
    judged(page)
    question = page.locator("details.later summary").first
    question.click()
    answer = page.locator("details.later[open] p").first
    assert answer.is_visible()
    assert "bank" in answer.inner_text()


def test_keyboard_only(opened: Opened) -> None:
    page = opened(viewport={"width": 1000, "height": 800})
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "text":
            break
    page.keyboard.type(FRAUD)
    page.keyboard.press("Tab")
    assert "main" in page.evaluate("document.activeElement.className")
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline != "none", "the focus cannot be seen"
    page.keyboard.press("Enter")
    page.wait_for_selector(".verdict.fraudulent")


@pytest.mark.parametrize("where", ["/", "/rules", "/channels", "/about", "/scan"])
@pytest.mark.parametrize("language", available())
def test_nothing_sticks_out_of_a_narrow_phone(opened: Opened, where: str, language: str) -> None:
    page = opened(f"{where}?lang={language}", viewport={"width": 320, "height": 640})
    assert is_narrow(page)
    if where == "/":
        judged(page, FRAUD + " " + "x" * 200 + " https://" + "long-name." * 12 + "example/")
        assert is_narrow(page)


def test_narrow(opened: Opened, picture: Picture) -> None:
    page = opened(viewport={"width": 320, "height": 640})
    judged(page)
    picture(page)


def test_taps_are_large_enough(opened: Opened) -> None:
    page = opened(viewport={"width": 320, "height": 640})
    judged(page)
    small = page.evaluate(
        """[...document.querySelectorAll('a, button, summary, select, input')]
        .filter(e => e.offsetParent && !e.matches('.skip'))
        .map(e => [e.outerHTML.slice(0, 80), e.getBoundingClientRect().height])
        .filter(([, height]) => height < 43.5)"""
    )
    assert [] == small


@pytest.mark.skipif("ar" not in available(), reason="NO ARABIC CATALOGUE: not tested")
def test_arabic_runs_from_right_to_left(opened: Opened, picture: Picture) -> None:
    page = opened("/?lang=ar", viewport={"width": 320, "height": 640})
    assert "rtl" == page.evaluate("document.documentElement.dir")
    judged(page, "أغلق النزاع واكتب لي على واتساب +44 7700 900123 وسأعيد لك المال عبر PayPal")
    assert is_narrow(page)
    side = page.evaluate(
        """() => { const box = document.querySelector('.verdict').getBoundingClientRect();
        const sign = document.querySelector('.verdict .sign').getBoundingClientRect();
        return sign.left > box.left + box.width / 2; }"""
    )
    assert side, "the sign of the verdict must stand on the right"
    picture(page)


def test_without_javascript(opened: Opened, picture: Picture) -> None:
    page = opened(java_script_enabled=False)
    judged(page)
    assert "fraud pattern" in page.inner_text(".verdict h1")
    page.locator("details.later summary").first.click()
    assert page.locator("details.later[open] p").first.is_visible()
    picture(page)


def test_the_summary_can_be_copied(opened: Opened) -> None:
    page = opened(permissions=["clipboard-read", "clipboard-write"])
    judged(page)
    page.locator("details:has(#summary) > summary").click()
    page.click("#copy")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert "fraud pattern" in copied
    assert "http" not in copied


def test_shared_from_another_app(opened: Opened, site: str, picture: Picture) -> None:
    page = opened("/manifest.webmanifest")
    target = json.loads(page.inner_text("body"))["share_target"]
    assert ("POST", "multipart/form-data") == (target["method"], target["enctype"])
    names = target["params"]
    page.goto(f"{site}/?lang=en")
    page.evaluate(
        """([action, field, text]) => { const form = document.createElement('form');
        form.method = 'post'; form.enctype = 'multipart/form-data'; form.action = action;
        const input = document.createElement('textarea'); input.name = field; input.value = text;
        form.append(input); document.body.append(form); form.submit(); }""",
        [target["action"], names["text"], FRAUD],
    )
    page.wait_for_selector(".verdict.fraudulent")
    picture(page)


def test_printed(opened: Opened, picture: Picture) -> None:
    page = opened(viewport={"width": 800, "height": 1000})
    judged(page)
    page.emulate_media(media="print")
    assert not page.locator("#ask").is_visible()
    assert not page.locator("footer").is_visible()
    assert page.locator(".verdict").is_visible()
    assert page.locator("ol.advice").first.is_visible()
    assert len(page.pdf()) > 5_000
    picture(page)


def test_the_way_to_another_language_keeps_the_text(opened: Opened) -> None:
    page = opened()
    judged(page)
    page.click("details.languages summary")
    page.click("details.languages li[lang=pl] button")
    page.wait_for_selector("html[lang=pl] .verdict")
    assert "WhatsApp" in page.inner_text(".pasted")


def test_the_first_answer_is_light(opened: Opened) -> None:
    page = opened("/about?lang=en")
    sizes: list[int] = []
    page.on("response", lambda response: sizes.append(len(response.body())))
    page.goto(page.url.replace("/about", "/"))
    judged(page)
    assert 0 < sum(sizes) <= 60_000
    # The first paint waits for one style sheet only: the script is deferred, there is no font.
    assert 0 == page.evaluate("document.querySelectorAll('script:not([defer])').length")
    assert 0 == page.evaluate("document.fonts.size")
