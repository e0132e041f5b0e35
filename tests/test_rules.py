"""Every rule and every phrase group proves itself."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from detector.detector import Detector
from detector.errors import DataError
from detector.fold import fold
from detector.fold_batch import fold_batch
from detector.language import GROUPS, LanguageBook
from detector.rule import Example, Rule, RuleBook, read_rule
from detector.types import Level, Signal

BOOK = RuleBook.load()
LANGUAGES = LanguageBook.load()
CODES = "ar de en es fr it ja ko nl pl pt ru tr uk zh".split()


@cache
def detector() -> Detector:
    return Detector.load()


@cache
def signals_of(example: Example) -> tuple[Signal, ...]:
    return detector().signals(detector().accept(example.text, example.language, example.region))


def fires(rule: Rule, example: Example) -> bool:
    return any(f.id == rule.id for f in RuleBook([rule]).apply(signals_of(example)))


def test_there_are_rules_for_every_level() -> None:
    assert len(BOOK.rules) >= 30
    assert {rule.level for rule in BOOK.rules} == set(Level) - {Level.CLEAR}


@pytest.mark.parametrize("rule", BOOK.rules, ids=lambda rule: rule.id)
def test_a_rule_hits_its_hits(rule: Rule) -> None:
    assert [] == [e.text for e in rule.hits if not fires(rule, e)]


@pytest.mark.parametrize("rule", BOOK.rules, ids=lambda rule: rule.id)
def test_a_rule_misses_its_misses(rule: Rule) -> None:
    assert [] == [e.text for e in rule.misses if fires(rule, e)]


@pytest.mark.parametrize(
    ("rule", "key", "name"),
    [
        (rule, key, name)
        for rule in BOOK.rules
        for key in ("when", "unless")
        for name in getattr(rule, key)
        if len(rule.when) > 1 or key == "unless"
    ],
    ids=lambda value: value.id if isinstance(value, Rule) else value,
)
def test_an_example_notices_when_a_condition_is_dropped(rule: Rule, key: str, name: str) -> None:
    left = tuple(n for n in getattr(rule, key) if n != name)
    weaker = replace(rule, **{key: left})
    assert [e.text for e in rule.misses if fires(weaker, e)], f"no miss of {rule.id} needs {name}"


def test_all_fifteen_languages_are_there() -> None:
    assert CODES == sorted(LANGUAGES.languages)


@pytest.mark.parametrize("code", sorted(LANGUAGES.languages))
@pytest.mark.parametrize("group", sorted(GROUPS))
def test_a_phrase_group_hits_its_hits_and_misses_its_misses(code: str, group: str) -> None:
    entry = LANGUAGES.languages[code].groups[group]

    def found(text: str) -> bool:
        hits = LANGUAGES.phrases.find(fold(text, LANGUAGES.vocabulary))
        return any(h.group == group and h.language == code for h in hits)

    assert [] == [text for text in entry.hits if not found(text)]
    assert [] == [text for text in entry.misses if found(text)]


@pytest.mark.parametrize("code", sorted(LANGUAGES.languages))
def test_the_examples_of_a_language_are_recognised_as_that_language(code: str) -> None:
    texts = [
        text
        for group in LANGUAGES.languages[code].groups.values()
        for text in group.hits
        if len(text.split()) >= 5 or code in {"zh", "ja", "ko"}
    ]
    seen = LANGUAGES.identify(fold_batch(texts, LANGUAGES.vocabulary), [None] * len(texts))
    right = [t for t, c in zip(texts, seen, strict=True) if c == code]
    assert len(right) / len(texts) >= 0.9, [t for t in texts if t not in right]


WHOLE = """
id = "some-rule"
level = "fraudulent"
title = "Title"
reason = "Reason."
advice = ["dispute"]
source = "Source"
when = ["phone"]
unless = []
[[hits]]
text = "hit"
[[misses]]
text = "miss"
"""


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        ('id = "some-rule"', 'id = "other"', "must be the file's name"),
        ('"fraudulent"', '"awful"', "use official, suspicious"),
        ('when = ["phone"]', 'when = ["fone"]', "no known name"),
        ('when = ["phone"]', "when = []", "name at least one fact"),
        ('when = ["phone"]', 'when = ["warning"]', "no known name"),
        ('title = "Title"', 'title = ""', "write a text"),
        ('source = "Source"', "", "source: missing; add it"),
        ('source = "Source"', 'source = "S"\nonly = 1', "only: unknown key"),
        ('[[misses]]\ntext = "miss"', "[misses]", "at least one"),
        ('text = "hit"', 'text = "hit"\nlang = "en"', "hits.lang: unknown key"),
        ("unless = []", "unless = [", "not valid TOML"),
    ],
)
def test_a_rule_file_is_read_strictly(
    tmp_path: Path, before: str, after: str, sentence: str
) -> None:
    file = tmp_path / "some-rule.toml"
    assert before in WHOLE
    file.write_text(WHOLE.replace(before, after), encoding="utf-8")
    with pytest.raises(DataError, match="some-rule.toml") as caught:
        read_rule(file)
    assert sentence in str(caught.value)


def test_a_whole_rule_file_is_read(tmp_path: Path) -> None:
    file = tmp_path / "some-rule.toml"
    file.write_text(WHOLE, encoding="utf-8")
    assert ("some-rule", Level.FRAUDULENT, ("phone",)) == (
        (rule := read_rule(file)).id,
        rule.level,
        rule.when,
    )
