"""Finds the catalogue of a language and speaks through it."""

from __future__ import annotations

import gettext
from functools import cache
from importlib.resources import files
from pathlib import Path

SOURCE_LANGUAGE = "en"
DOMAIN = "detector"


def folder() -> Path:
    """Return the folder that holds the catalogues."""
    return Path(str(files("detector") / "locale"))


@cache
def available() -> tuple[str, ...]:
    """Return the languages that can be answered in, English first."""
    found = sorted(p.parent.parent.name for p in folder().glob(f"*/LC_MESSAGES/{DOMAIN}.mo"))
    return (SOURCE_LANGUAGE, *(code for code in found if code != SOURCE_LANGUAGE))


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    return gettext.translation(DOMAIN, folder(), [language], fallback=True)


def choose(*wishes: str | None) -> str:
    """Return the first of the wished languages that can be answered in, else English."""
    for wish in wishes:
        if wish and wish in available():
            return wish
    return SOURCE_LANGUAGE


def translate(msgid: str, language: str, **values: str) -> str:
    """Return the sentence in the language, its placeholders filled in.

    Values come from pasted text and are put in as they are, never read as a format.
    """
    sentence = _catalogue(language).gettext(msgid) if msgid else ""
    for name, value in values.items():
        sentence = sentence.replace("{" + name + "}", value)
    return sentence
