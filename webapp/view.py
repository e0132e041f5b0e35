"""What every page needs to know: its language, its direction, the way to it in another language."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, cast

from babel import Locale
from flask import current_app, request, url_for
from flask_babel import format_date, get_locale

from detector import Detector
from detector.translate import SOURCE_LANGUAGE, available


def page_language() -> str:
    """Return the code of the language this page is shown in."""
    return str(get_locale() or SOURCE_LANGUAGE)


def text_direction(language: str) -> str:
    """Return ``ltr`` or ``rtl``."""
    return str(Locale.parse(language).text_direction)


def shown_date(day: date) -> str:
    """Return the day as it is written in the language of the page."""
    return str(format_date(day, "long"))


def current_detector() -> Detector:
    """Return what judges in this application."""
    return cast(Detector, current_app.extensions["detector"])


def frame() -> dict[str, Any]:
    """Return what base.html reads; every template gets it."""
    language = page_language()
    return {
        "language": language,
        "direction": text_direction(language),
        "languages": [(code, _own_name(code)) for code in available()],
        "marketplace": current_detector().marketplace.name,
        "here": _same_page(),
    }


def _own_name(code: str) -> str:
    name = Locale.parse(code).get_display_name(code) or code
    return name[:1].upper() + name[1:]


def _same_page() -> Callable[[str], str]:
    """Return what gives the address of this page in another language."""
    is_shown = request.method == "GET" and request.url_rule is not None
    endpoint = request.endpoint if is_shown else None
    values = request.view_args if endpoint else None
    return lambda code: url_for(endpoint or "page.front", **(values or {}), lang=code)
