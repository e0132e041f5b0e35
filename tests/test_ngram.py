"""Hashed n-grams: the same as cutting each text by hand, whatever stands beside it."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from detector.fold import Vocabulary
from detector.fold_batch import FoldedBatch, fold_batch
from detector.ngram import BITS, LENGTHS, Ngrams

TEXTS = st.lists(st.text(alphabet="ab c\nдж订单1.", max_size=14), min_size=1, max_size=5)


def batch_of(texts: list[str]) -> FoldedBatch:
    return fold_batch(texts, Vocabulary())


def by_hand(text: str) -> list[str]:
    padded = f" {text} ".replace("\n", " ")
    found = []
    for length in LENGTHS:
        for start in range(len(padded) - length + 1):
            gram = padded[start : start + length]
            if " " not in gram[1:-1] and gram.strip():
                found.append(gram)
    return sorted(found)


@given(TEXTS)
def test_the_ngrams_are_those_cut_by_hand(texts: list[str]) -> None:
    batch = batch_of(texts)
    found = Ngrams(batch)
    padded = f"\x00{batch.joined}\x00".replace("\x00", " ").replace("\n", " ")
    for index, folded in enumerate(batch.texts):
        own = found.texts == index
        grams = [
            padded[begin + 1 : begin + 1 + length]
            for begin, length in zip(found.begins[own], found.lengths[own], strict=True)
        ]
        assert sorted(grams) == by_hand(folded.text)


@given(TEXTS)
def test_a_text_scores_the_same_alone_and_among_others(texts: list[str]) -> None:
    weights = np.random.default_rng(1).normal(size=1 << BITS).astype(np.float32)
    together = Ngrams(batch_of(texts)).sums(weights)
    alone = [Ngrams(batch_of([text])).sums(weights)[0] for text in texts]
    assert np.allclose(together, alone, atol=1e-5)


def test_scores_of_several_classes_are_those_of_each() -> None:
    weights = np.random.default_rng(2).normal(size=(1 << BITS, 3)).astype(np.float32)
    found = Ngrams(batch_of(["hello there", "", "订单"]))
    sums = found.sums(weights)
    assert sums.shape == (3, 3)
    assert np.allclose(sums[:, 1], found.sums(weights[:, 1]))
    assert np.all(sums[1] == 0)


def test_equal_words_share_a_bucket_and_others_do_not() -> None:
    found = Ngrams(batch_of(["refund", "refund", "refunds"]))
    buckets = [set(found.buckets[found.texts == i].tolist()) for i in range(3)]
    assert buckets[0] == buckets[1]
    assert buckets[0] != buckets[2]
    assert max(map(max, buckets)) < 1 << BITS
