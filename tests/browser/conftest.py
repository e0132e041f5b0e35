"""A real browser on a real server; every request it makes is recorded."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from werkzeug.serving import make_server

from detector.detector import Detector
from webapp import create_app

BUILD = Path(__file__).resolve().parents[2] / "build"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip loudly where there is no browser."""
    if CHROMIUM is None:
        reason = "NO BROWSER: the pages are NOT tested in one; install chromium"
        for item in items:
            if Path(__file__).parent in Path(item.path).parents:
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def site(detector: Detector) -> Iterator[str]:
    """Serve the application on a free port; return its address."""
    server = make_server("127.0.0.1", 0, create_app(detector), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Start Debian's Chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        chromium = driver.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield chromium
        chromium.close()


@pytest.fixture
def opened(browser: Any, site: str) -> Iterator[Callable[..., Any]]:
    """Return what opens a page; at the end no request may have left this machine."""
    contexts: list[Any] = []
    asked: list[str] = []

    def page(where: str = "/?lang=en", **settings: Any) -> Any:
        settings.setdefault("viewport", {"width": 390, "height": 844})
        context = browser.new_context(accept_downloads=True, **settings)
        context.set_default_timeout(20_000)
        context.on("request", lambda request: asked.append(request.url))
        contexts.append(context)
        tab = context.new_page()
        tab.goto(site + where)
        return tab

    yield page
    for context in contexts:
        context.close()
    strangers = [url for url in asked if urlsplit(url).scheme not in {"data", "blob"}
                 and not url.startswith(f"{site}/")]  # fmt: skip
    assert [] == strangers
    assert asked


@pytest.fixture
def picture(request: pytest.FixtureRequest) -> Callable[[Any], None]:
    """Return what keeps a screenshot as build output."""

    def keep(page: Any) -> None:
        folder = BUILD / "screenshots"
        folder.mkdir(parents=True, exist_ok=True)
        name = "".join(c if c.isalnum() or c in "-_" else "_" for c in request.node.name)
        page.screenshot(path=folder / f"{name}.png", full_page=True)

    return keep
