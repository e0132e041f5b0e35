"""A moderator: uploads a file, opens rows, takes the result; and the report of a scan."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

from detector.detector import Detector
from detector.scan.judge import Columns
from detector.scan.run import Options, scan

Opened = Callable[..., Any]
Picture = Callable[[Any], None]
ROWS = [
    ("1", "lamp", "Pay me by PayPal, not on AliExpress. Call +44 7700 900123"),
    ("2", "cable", "Write me please on +44 7700 900123"),
    ("3", "toy", "Thank you, the parcel came today."),
]


def table(path: Path) -> Path:
    with path.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([("id", "seller", "text"), *ROWS])
    return path


def test_upload_table_download(opened: Opened, picture: Picture, tmp_path: Path) -> None:
    page = opened("/scan?lang=en", viewport={"width": 1000, "height": 800})
    page.set_input_files("#file", table(tmp_path / "in.csv"))
    page.click("button.main")
    page.wait_for_selector("details.found")
    assert 2 == page.locator("details.found").count()
    page.locator("details.found summary").first.click()
    assert page.locator("details.found[open] mark").first.is_visible()
    picture(page)
    with page.expect_download() as waiting:
        page.click("a[download] >> nth=0")
    with waiting.value.path().open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert ["fraudulent", "unofficial", "clear"] == [row["verdict"] for row in rows]
    page.select_option("#by-seller", "cable")
    page.click(".filters button")
    assert 1 == page.locator("details.found").count()
    page.locator("form[action$='delete'] button, form[action*='delete'] button").click()
    page.wait_for_selector("#file")
    page.go_back()
    assert page.locator("details.found").count() == 0 or page.reload().status == 404


def test_upload_without_javascript(opened: Opened, tmp_path: Path) -> None:
    page = opened("/scan?lang=en", java_script_enabled=False)
    page.set_input_files("#file", table(tmp_path / "in.csv"))
    page.click("button.main")
    page.wait_for_selector("details.found")
    assert 2 == page.locator("details.found").count()


def test_the_report_is_one_quiet_file(
    browser: Any, detector: Detector, picture: Picture, tmp_path: Path
) -> None:
    options = Options(report=str(tmp_path / "r.html"))
    source, target = str(table(tmp_path / "in.csv")), str(tmp_path / "o.csv")
    scan(detector, source, target, Columns(), options=options)
    for scheme in ("light", "dark"):
        context = browser.new_context(color_scheme=scheme, viewport={"width": 320, "height": 800})
        asked: list[str] = []
        context.on("request", lambda request, asked=asked: asked.append(request.url))
        page = context.new_page()
        page.goto(f"file://{tmp_path / 'r.html'}")
        assert ["3", "3", "0"] == [page.inner_text(f"#{i}") for i in ("rows", "judged", "refused")]
        assert "1" == page.inner_text("[data-verdict=fraudulent]")
        assert page.locator("svg").is_visible()
        assert page.evaluate(
            "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
        )
        assert [f"file://{tmp_path / 'r.html'}"] == asked
        picture(page)
        context.close()
