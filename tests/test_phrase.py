"""The phrase grammar: what a phrase finds and what it leaves alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.fold import fold
from detector.fold_batch import starts_of
from detector.phrase import PhraseBook, PhraseError
from detector.phrase_gate import GLUE

WORDS = {"close": ["clos*", "cancel*", "закро*"], "dispute": ["dispute", "case", "спор*"]}


def find(phrase: str, text: str) -> list[str]:
    book = PhraseBook()
    book.add("group", "en", phrase, WORDS)
    book.compile()
    folded = fold(text)
    return [folded.text[hit.start : hit.end] for hit in book.find(folded)]


@pytest.mark.parametrize(
    ("phrase", "text", "expected"),
    [
        ("pay me directly", "Please pay me directly!", ["pay me directly"]),
        ("<close> <dispute>", "Closing dispute 12", ["closing dispute"]),
        ("<close> .. <dispute>", "close, if you can, the dispute", ["close, if you can, the dispute"]),
        ("<close> .. <dispute>", "Закройте, пожалуйста, спор", ["закроите, пожалуиста, спор"]),
        ("refund & paypal", "paypal: I refund you", ["paypal: i refund"]),
        ("send ... code", "send me, my very dear friend, quickly the code", [
            "send me, my very dear friend, quickly the code"]),
        ("pay .. me|our bank", "pay to our bank", ["pay to our bank"]),
        ("*пожалуйста", "скажипожалуйста", ["скажипожалуиста"]),
        ("加微信", "请加微信详聊", ["加微信"]),
        ("微信 .. 退款", "微信给您退款", ["微信给您退款"]),
        ("line", "LINEで話そう", ["line"]),
        ("카톡*", "카톡으로 연락주세요", ["카톡으로"]),
        ("zwrot pieniędzy", "ZWROT PIENIEDZY", ["zwrot pieniedzy"]),
        ("don't worry", "don’t worry", ["don't worry"]),
    ],
)  # fmt: skip
def test_a_phrase_finds(phrase: str, text: str, expected: list[str]) -> None:
    assert expected == find(phrase, text)


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        ("pay me directly", "repay me directly"),
        ("pay me directly", "pay me, directly"),
        ("pay me directly", "pay me indirectly"),
        ("<close> <dispute>", "close the dispute"),
        ("<close> .. <dispute>", "dispute closed"),
        ("<close> .. <dispute>", "enclosed is the case"),
        ("<close> .. <dispute>", "We close. The dispute goes on."),
        ("<close> .. <dispute>", "close one two three four five dispute"),
        ("refund & paypal", "paypal one two three four five six refund"),
        ("send ... code", "send " + "word " * 13 + "code"),
        ("send ... code", "send it. The code is here"),
        ("spor", "sport"),
        ("카톡", "카톡으로"),
        ("微信 .. 退款", "微信。退款"),
    ],
)
def test_a_phrase_leaves_alone(phrase: str, text: str) -> None:
    assert [] == find(phrase, text)


@pytest.mark.parametrize(
    ("phrase", "sentence"),
    [
        (".. dispute", "begins or ends with a gap"),
        ("close ..", "begins or ends with a gap"),
        ("", "is empty"),
        ("a & b & c", "more than one '&'"),
        ("<nobody> knows", "not in [words]"),
        ("!!!", "no letters or digits"),
        ("a*", "too short"),
    ],
)
def test_a_phrase_that_cannot_be_read_says_why(phrase: str, sentence: str) -> None:
    with pytest.raises(PhraseError, match=sentence.replace("[", r"\[").replace("]", r"\]")):
        find(phrase, "text")


@given(st.text(max_size=60))
def test_places_lie_in_the_text_and_in_order(text: str) -> None:
    book = PhraseBook()
    for phrase in ("a .. b", "ab* & *ba", "<close> ... <dispute>", "信"):
        book.add("group", "en", phrase, WORDS)
    book.compile()
    folded = fold(text)
    for hit in book.find(folded):
        assert 0 <= hit.start < hit.end <= len(folded.text)
        assert (hit.start, hit.end) == (hit.parts[0][0], hit.parts[-1][1])
        assert list(hit.parts) == sorted(hit.parts)


GATE_WORDS = ("send", "code", "pay", "now", "sending", "加微信", "please", "x")


@given(
    st.lists(
        st.lists(st.sampled_from(GATE_WORDS), max_size=6).map(" ".join), min_size=1, max_size=9
    )
)
def test_the_gate_opens_just_where_all_words_of_a_phrase_are(texts: list[str]) -> None:
    book = PhraseBook()
    book.add("trick", "en", "send* .. code", {})
    book.add("trick", "zh", "微信", {})
    book.add("trick", "en", "pay now please", {})
    book.add("stance", "en", "x", {})
    book.compile()
    views = [fold(text).words for text in texts]
    awake = book.gate({"trick"}).awake(f" {GLUE.join(views)} ", starts_of(views, len(GLUE)) + 1)
    expected = []
    for text in texts:
        words = text.split()
        expected.append(
            ("code" in words and any(w.startswith("send") for w in words))
            or "加微信" in words
            or "pay now please" in text
        )
    assert awake == expected


def test_the_gate_of_no_phrases_stays_shut() -> None:
    assert PhraseBook().gate({"trick"}).awake("  pay  ", starts_of(["pay"], 3) + 1) == [False]
