"""Folding: what is compared, and that every character knows where it came from."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.character import TABLE
from detector.fold import Vocabulary, fold
from detector.fold_batch import HAN, LATIN, fold_batch

VOCABULARY = Vocabulary(frozenset({"whatsapp", "paypal", "refund"}), ("telegr", "disput"))

READINGS = [
    ("Hello  World", "hello world"),
    ("tab\tand\r\nbreak", "tab and\nbreak"),
    # invisible and bidirectional characters
    ("al\u200bi\u200dex\u2060press", "aliexpress"),
    ("\u202ewhats\u202capp", "whatsapp"),
    ("pay\u00adpal", "paypal"),
    # one sign inside a word that is known only as a whole
    ("pay-pal or Pay.Pal", "paypal or paypal"),
    ("tele·gram", "telegram"),
    ("whats-app.example", "whats-app.example"),
    ("paypal-refund", "paypal-refund"),
    ("re.fund@pay.pal", "re.fund@pay.pal"),
    # compatibility forms
    ("ｗｈａｔｓ ＋４８", "whats +48"),
    ("𝐖𝐡𝐚𝐭𝐬𝐀𝐩𝐩", "whatsapp"),
    ("ⓦⓗⓐⓣⓢ ①②③ ❹", "whats 123 4"),
    ("🅦🅗🅐🅣🆂", "whats"),
    ("🇵🇱", "pl"),
    ("1️⃣2️⃣3️⃣", "123"),
    ("🔟", "10"),
    ("№ ™", "no tm"),
    # decimal digits of every script
    ("٠١٢٣ ۴۵ १२ ๓๔", "0123 45 12 34"),
    # letters of another script inside a word
    ("аliexpress", "aliexpress"),
    ("АLІЕХРRЕSS", "aliexpress"),
    ("вoтсaп", "вотсап"),
    ("ВСЕМ ПPИВEТ", "всем привет"),
    ("PаyPаl", "paypal"),
    ("ραypal", "paypal"),
    # what only looks like a mixture stays
    ("usbкабель", "usbкабель"),
    ("Wi-Fi роутер", "wi-fi роутер"),
    ("iPhone у меня", "iphone у меня"),
    # diacritics, ё, ß, strokes, dotless i
    ("Zażółć gęślą jaźń", "zazolc gesla jazn"),
    ("ёлка йод їжак", "елка иод іжак"),
    ("Straße GROẞ", "strasse gross"),
    ("İstanbul'da ILIK ışık", "istanbul'da ilik isik"),
    ("e\u0301te\u0301", "ete"),
    ("Z̷̛a̶l̴g̵o̶", "zalgo"),
    ("مَرْحَبًا أهلاً", "مرحبا اهلا"),
    # pulled apart
    ("w h a t s a p p me", "whatsapp me"),
    ("W.h.a.t.s.A.p.p", "whatsapp"),
    ("w-h-a-t-s-a-p-p now", "whatsapp now"),
    ("w\nh\na\nt\ns", "whats"),
    ("加 微 信", "加微信"),
    ("카 카 오 톡", "카카오톡"),
    ("т е л е г р а м", "телеграм"),
    # not pulled apart
    ("a b or c", "a b or c"),
    ("plan b or c, e.g. i am", "plan b or c, e.g. i am"),
    ("1 2 3 4 5", "1 2 3 4 5"),
    # leet in known words only
    ("wh4ts@pp p4yp4l d1spute t3l3gr4m", "whatsapp paypal dispute telegram"),
    ("iphone13 mp3 b2b 4k s23ultra", "iphone13 mp3 b2b 4k s23ultra"),
    ("a@b.com", "a@b.com"),
    ("disput@e-shop.example", "disput@e-shop.example"),
    # syllables
    ("한국어", "한국어"),
    ("\u1112\u1161\u11ab", "한"),
    ("ｶﾞｷﾞ が", "ガギ が"),
]


@pytest.mark.parametrize(("raw", "expected"), READINGS)
def test_a_text_reads_as(raw: str, expected: str) -> None:
    assert expected == fold(raw, VOCABULARY).text


def test_folding_is_idempotent_over_all_code_points() -> None:
    unstable = [
        hex(code)
        for code in range(sys.maxunicode + 1)
        if fold(once := fold(chr(code)).text).text != once
    ]
    assert [] == unstable


def test_the_fast_way_reads_every_code_point_as_the_table_does() -> None:
    different = [
        hex(code)
        for code in range(sys.maxunicode + 1)
        if fold("я" + chr(code) + "я").text.replace("\n", " ")
        != ("я" + TABLE[code] + "я").replace("\n", " ").replace("  ", " ")
        # A Latin or Greek letter between Cyrillic ones is repaired afterwards.
        and not any("a" <= c <= "z" or "α" <= c <= "ω" for c in TABLE[code])
    ]
    assert [] == different


ANY_TEXT = st.text(
    alphabet=st.one_of(
        st.characters(),
        st.sampled_from(
            list("abcxyz ABC  \n.-*0134@$|аоерсуАОЕїйёßßłé\u0301\u200b\ufe0f가각ｶﾞ微信①１")
        ),
    ),
    max_size=80,
)


@given(ANY_TEXT)
def test_folding_twice_changes_nothing(raw: str) -> None:
    once = fold(raw, VOCABULARY).text
    assert once == fold(once, VOCABULARY).text


@given(ANY_TEXT)
def test_every_character_leads_back_to_the_pasted_text(raw: str) -> None:
    folded = fold(raw, VOCABULARY)
    assert len(folded.text) == len(folded.words)
    last = 0
    for offset in range(len(folded.text)):
        start, end = folded.span(offset, offset + 1)
        assert 0 <= start < end <= len(raw)
        assert start >= last
        last = start
    if folded.text:
        start, end = folded.span(0, len(folded.text))
        assert 0 <= start < end <= len(raw)


@given(ANY_TEXT)
def test_locate_is_the_way_back_of_span(raw: str) -> None:
    folded = fold(raw, VOCABULARY)
    for offset in range(len(folded.text)):
        start, _ = folded.span(offset, offset + 1)
        located = folded.locate(start)
        assert folded.span(located, located + 1)[0] == start


@pytest.mark.parametrize(
    ("raw", "part", "pasted"),
    [
        ("x  wh\u200bats", "whats", "wh\u200bats"),
        ("call W.h.a.t.s now", "whats", "W.h.a.t.s"),
        ("é 1️⃣2️⃣ b", "12", "1️⃣2️⃣"),
        ("ß straße", "strasse", "straße"),
        ("a\n\n\nb  c", "b c", "b  c"),
        ("\u1112\u1161\u11ab 국", "한", "\u1112\u1161\u11ab"),
        ("e\u0301te\u0301!", "ete", "e\u0301te\u0301"),
    ],
)
def test_a_span_shows_what_was_pasted(raw: str, part: str, pasted: str) -> None:
    folded = fold(raw)
    start = folded.text.index(part)
    first, last = folded.span(start, start + len(part))
    assert pasted == raw[first:last]


PIECES = st.sampled_from(
    [
        "pay-pal",
        "pay.pal",
        "-",
"wh4tsapp", "refund", "p a y p a l", "аlibaba", "加 微 信", "\u200b", "e\u0301", "ﾊﾟ", "각",
     "  ", "\n", "ß", "ﬃ", "\x00", "1", "x0", " @a", "Ё", "‼", "①", "🔟", "İ", "x", "ы", "色 が", "\ud800"]
)  # fmt: skip


@given(st.lists(st.one_of(st.text(), st.lists(PIECES).map("".join)), max_size=12))
def test_many_texts_fold_as_each_alone(raws: list[str]) -> None:
    batch = fold_batch(raws, VOCABULARY)
    for raw, folded in zip(raws, batch.texts, strict=True):
        alone = fold(raw, VOCABULARY)
        assert (folded.raw, folded.text, folded.words) == (raw, alone.text, alone.words)
        places = range(len(alone.text) + 1)
        assert [folded.span(i, i) for i in places] == [alone.span(i, i) for i in places]
    assert batch.digits == [sum("0" <= c <= "9" for c in f.text) for f in batch.texts]


@given(st.lists(st.text(), min_size=1, max_size=8))
def test_a_batch_knows_the_scripts_of_each_text(raws: list[str]) -> None:
    batch = fold_batch(raws, VOCABULARY)
    for folded, scripts in zip(batch.texts, batch.scripts, strict=True):
        assert bool(scripts & HAN) == any("\u3400" <= c <= "\u9fff" for c in folded.text)
        assert bool(scripts & LATIN) == any("a" <= c <= "z" for c in folded.text)
