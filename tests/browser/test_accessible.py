"""axe-core finds nothing: every page, light and dark, every language."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from detector.translate import available

AXE = Path(__file__).resolve().parents[2] / "build" / "node_modules" / "axe-core" / "axe.min.js"
FRAUD = "Close the dispute and write me on WhatsApp +44 7700 900123, I will refund you by PayPal."
TEXTS = (FRAUD, "support@aliexpress.com", "aliexpress.com", "please give five stars", "ok thanks")
pytestmark = pytest.mark.skipif(
    not AXE.exists(),
    reason="NO AXE: accessibility is NOT tested; run npm install --no-save --prefix build axe-core",
)
Opened = Callable[..., Any]


def violations(page: Any) -> list[str]:
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run().then(found => found.violations)")
    return [f"{one['id']}: {node['html'][:160]}" for one in found for node in one["nodes"]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", available())
def test_every_page(opened: Opened, site: str, language: str, scheme: str) -> None:
    page = opened(f"/?lang={language}", color_scheme=scheme)
    faults = {"/": violations(page)}
    for where in ("/rules", "/channels", "/about", "/scan"):
        # All rules are one page of like parts; a search shows some of each.
        query = "&q=refund" if where == "/rules" else ""
        page.goto(f"{site}{where}?lang={language}{query}")
        faults[where] = violations(page)
    for text in TEXTS if language == "en" else TEXTS[:1]:
        page.goto(f"{site}/?lang={language}")
        page.fill("#text", text)
        page.click("#ask button.main")
        page.wait_for_selector(".verdict")
        for details in page.locator("main details").all():
            details.evaluate("element => element.open = true")
        faults[text] = violations(page)
    assert {} == {where: found for where, found in faults.items() if found}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_table_of_a_scan(opened: Opened, tmp_path: Path, scheme: str) -> None:
    path = tmp_path / "in.csv"
    path.write_text(f'id,seller,text\n1,a,"{FRAUD}"\n2,b,"{FRAUD}"\n')
    page = opened("/scan?lang=en", color_scheme=scheme)
    page.set_input_files("#file", path)
    page.click("button.main")
    page.wait_for_selector("details.found")
    for details in page.locator("main details").all():
        details.evaluate("element => element.open = true")
    assert [] == violations(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_an_error(opened: Opened, scheme: str) -> None:
    page = opened("/nowhere?lang=en", color_scheme=scheme)
    assert [] == violations(page)
