"""Finds the catalogue of a language and speaks through it."""

from __future__ import annotations

import gettext
import re
from functools import cache
from pathlib import Path

SOURCE_LANGUAGE = "en"
DOMAIN = "detector"
FOLDER = Path(__file__).with_name("locale")
_PLACEHOLDER = re.compile(r"\{([a-z]+)\}")


@cache
def available() -> tuple[str, ...]:
    """Return the languages that can be answered in, English first."""
    found = sorted(path.parts[-3] for path in FOLDER.glob(f"*/LC_MESSAGES/{DOMAIN}.mo"))
    return (SOURCE_LANGUAGE, *(code for code in found if code != SOURCE_LANGUAGE))


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    return gettext.translation(DOMAIN, FOLDER, [language], fallback=True)


def choose(*wishes: str | None) -> str:
    """Return the first of the wished languages that can be answered in, else English."""
    return next((wish for wish in wishes if wish in available()), None) or SOURCE_LANGUAGE


def translate(msgid: str, language: str, **values: str) -> str:
    """Return the sentence in the language, its placeholders filled in.

    Values may come from pasted text: they are put in as they are, in one pass, and
    never read as a format.
    """
    sentence = _catalogue(language).gettext(msgid) if msgid else ""
    return _PLACEHOLDER.sub(lambda match: values.get(match[1], match[0]), sentence)
