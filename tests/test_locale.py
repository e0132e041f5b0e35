"""What is said to people is said whole in every language that is offered."""

from __future__ import annotations

import gettext
import re
from functools import cache
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from detector import advice, render
from detector.rule import RuleBook
from detector.translate import SOURCE_LANGUAGE, available, choose, translate
from detector.types import Level

ROOT = Path(__file__).parents[1]
DOMAINS = ("detector", "webapp")
LANGUAGES = [code for code in available() if code != SOURCE_LANGUAGE]
CATALOGUES = [(domain, code) for domain in DOMAINS for code in LANGUAGES]
PLACEHOLDER = re.compile(r"\{\w+\}|%\(\w+\)[sd]")
# Words that are the same in a language as in English, each with the reason.
SAME: dict[str, frozenset[str]] = {
    "fr": frozenset(
        {
            "Contacts",
            "Pages",
            "Verdict",
            "%(num)d message",
            "%(num)d messages",
        }
    ),
    "it": frozenset({"Privacy"}),
    "nl": frozenset({"Privacy"}),
}
"""Words that a language has in common with English."""
# "A safe account" is the name of a lure; nothing else may be called safe.
SAFE = {
    "en": r"\bsafe",
    "pl": r"\bbezpieczn",
    "ru": r"безопасн",
}
PERSONS = {
    "en": r"\b(scammer|fraudster|swindler|crook|liar)",
    "pl": r"\b(oszust|oszusta|oszustem|oszuści|oszustów|złodziej\w*|kłamc\w+|naciągacz\w*)\b",
    "ru": r"\b(мошенники?|мошенника|мошенников|обманщик\w*|вор|воры|лжец\w*|аферист\w*)\b",
}


@cache
def extracted(domain: str) -> frozenset[str]:
    """Return the texts that stand in the code and the data now, as `make messages` finds them."""
    with (ROOT / "babel.cfg").open(encoding="utf-8") as stream:
        methods, options = parse_mapping_cfg(stream)  # type: ignore[no-untyped-call]
    keywords = {"_": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2)}
    found = extract_from_dir(ROOT / domain, methods, options, keywords=keywords)
    texts = ((row[2],) if isinstance(row[2], str) else row[2] for row in found)
    return frozenset(text for forms in texts for text in forms)


@cache
def catalogue(domain: str, code: str) -> Catalog:
    path = folder(domain, code) / f"{domain}.po"
    with path.open("rb") as stream:
        return read_po(stream, locale=code, domain=domain, abort_invalid=True)


def folder(domain: str, code: str) -> Path:
    return ROOT / domain / "locale" / code / "LC_MESSAGES"


def pairs(domain: str, code: str) -> dict[str, str]:
    texts: dict[str, str] = {}
    for message in catalogue(domain, code):
        if message.pluralizable:  # the form for one, and that for most
            texts |= {message.id[0]: message.string[0], message.id[1]: message.string[-1]}
        elif message.id:
            texts[str(message.id)] = str(message.string)
    return texts


def test_polish_and_russian_are_offered() -> None:
    assert {"en", "pl", "ru"} <= set(available())
    assert available()[0] == "en"


@pytest.mark.parametrize("domain", DOMAINS)
def test_no_catalogue_lies_about_that_is_not_offered(domain: str) -> None:
    folders = {path.parent.parent.name for path in (ROOT / domain / "locale").glob("*/*/*.po")}
    assert set(LANGUAGES) == folders


def test_the_extraction_finds_every_kind_of_text() -> None:
    known = {entry.text for entry in advice.catalogue().values()}
    for rule in RuleBook.load().rules:
        known |= {rule.title, rule.reason, rule.source}
    known |= {*render.VERDICTS.values(), *render.STATUSES.values(), *render.KINDS.values()}
    known |= {*render.note_sentences().values(), "Why", "Contacts", "What to do now"}
    assert set() == known - extracted("detector")
    assert {"Check it", "Already paid?"} <= extracted("webapp")


@pytest.mark.parametrize(("domain", "code"), CATALOGUES)
def test_every_text_is_translated_and_none_is_left_over(domain: str, code: str) -> None:
    texts = pairs(domain, code)
    assert set() == extracted(domain) - set(texts), "run `make messages` and translate"
    assert set() == set(texts) - extracted(domain), "run `make messages`"
    assert [] == [msgid for msgid, text in texts.items() if not text.strip()]
    assert [] == [str(m.id) for m in catalogue(domain, code) if m.id and m.fuzzy]


@pytest.mark.parametrize(("domain", "code"), CATALOGUES)
def test_placeholders_are_kept(domain: str, code: str) -> None:
    wrong = {
        msgid: text
        for msgid, text in pairs(domain, code).items()
        if set(PLACEHOLDER.findall(msgid)) != set(PLACEHOLDER.findall(text))
    }
    assert {} == wrong
    # Whatever else stands in braces would be shown as it is.
    assert [] == [
        t for t in pairs(domain, code).values() if re.search(r"[{}]", PLACEHOLDER.sub("", t))
    ]


@pytest.mark.parametrize(("domain", "code"), CATALOGUES)
def test_every_plural_has_each_form_of_its_language(domain: str, code: str) -> None:
    book = catalogue(domain, code)
    for message in (m for m in book if m.pluralizable):
        assert book.num_plurals == len(message.string)
        assert all(PLACEHOLDER.findall(form) == ["%(num)d"] for form in message.string)


@pytest.mark.parametrize(("domain", "code"), CATALOGUES)
def test_nothing_is_left_in_english(domain: str, code: str) -> None:
    same = {msgid for msgid, text in pairs(domain, code).items() if msgid == text}
    assert SAME.get(code, frozenset()) & set(pairs(domain, code)) == same


@pytest.mark.parametrize(("domain", "code"), CATALOGUES)
def test_texts_have_no_stray_space_and_end_as_the_english(domain: str, code: str) -> None:
    texts = pairs(domain, code)
    assert [] == [t for t in texts.values() if t != t.strip() or "  " in t]
    ends = re.compile(r"[.。।]$")
    assert [] == [t for m, t in texts.items() if m.endswith(".") and not ends.search(t)]
    assert [] == [t for m, t in texts.items() if m[-1] not in ".?:" and ends.search(t)]


@pytest.mark.parametrize(("domain", "code"), CATALOGUES)
def test_the_compiled_catalogue_is_the_written_one(domain: str, code: str) -> None:
    stream = BytesIO()
    write_mo(stream, catalogue(domain, code))
    stream.seek(0)
    wanted = gettext.GNUTranslations(stream)
    with (folder(domain, code) / f"{domain}.mo").open("rb") as compiled:
        given = gettext.GNUTranslations(compiled)
    assert wanted._catalog == given._catalog, "run `make messages`"  # type: ignore[attr-defined]


@pytest.mark.parametrize("domain", DOMAINS)
def test_nothing_is_called_safe_and_nobody_a_fraudster(domain: str) -> None:
    said = {"en": {msgid: msgid for msgid in extracted(domain)}}
    said |= {code: pairs(domain, code) for code in LANGUAGES}
    lure = {m for m in extracted(domain) if re.search(r"\bsafe[ -]account", m)}
    for code, pattern in SAFE.items():
        assert [] == [
            t for m, t in said[code].items() if m not in lure and re.search(pattern, t, re.I)
        ]
    for code, pattern in PERSONS.items():
        assert [] == [t for t in said[code].values() if re.search(pattern, t, re.I)]


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_verdicts_are_five_different_sentences(code: str) -> None:
    sentences = {translate(render.VERDICTS[level], code, marketplace="X") for level in Level}
    assert len(Level) == len(sentences)


@pytest.mark.parametrize(
    ("wishes", "chosen"),
    [
        (("pl",), "pl"),
        ((None, "ru"), "ru"),
        (("xx", "pl"), "pl"),
        (("PL",), "en"),
        (("und",), "en"),
        (("../pl",), "en"),
        (("",), "en"),
        ((None, None), "en"),
        ((), "en"),
    ],
)
def test_the_first_known_wish_is_the_language(wishes: tuple[str | None, ...], chosen: str) -> None:
    assert chosen == choose(*wishes)


@pytest.mark.parametrize(
    ("msgid", "language", "values", "said"),
    [
        ("{host} does not belong to {marketplace}.", "en", {"host": "a.example"},
         "a.example does not belong to {marketplace}."),
        ("Why", "pl", {}, "Dlaczego"),
        ("Why", "xx", {}, "Why"),
        ("no such text {value}", "pl", {"value": "1"}, "no such text 1"),
        ("", "pl", {}, ""),  # gettext answers an empty msgid with the header of the catalogue
        ("Read as {value}.", "en", {"value": "{domain} {0} {} %(x)s %s"},
         "Read as {domain} {0} {} %(x)s %s."),
        ("Read as {value}.", "en", {"value": "{value}"}, "Read as {value}."),
        ("Read as {value}.", "en", {"value": r"\1\g<0>"}, r"Read as \1\g<0>."),
    ],
)  # fmt: skip
def test_values_are_put_in_as_they_are(
    msgid: str, language: str, values: dict[str, str], said: str
) -> None:
    assert said == translate(msgid, language, **values)
