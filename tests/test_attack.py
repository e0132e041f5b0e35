"""Attacks: seeded, really changing, and the invisible ones undone by folding."""

from __future__ import annotations

import random

import pytest

from detector.attack import ATTACKS, attacked
from detector.fold import fold

TEXT = "Zażółć gęślą jaźń: please close the dispute, I refund 25 euro by PayPal tomorrow morning"


@pytest.mark.parametrize("name", sorted(ATTACKS))
def test_an_attack_changes_the_text_and_is_the_same_for_a_seed(name: str) -> None:
    assert attacked(TEXT, name, 1) == attacked(TEXT, name, 1)
    assert any(attacked(TEXT, name, seed) != TEXT for seed in range(5))


@pytest.mark.parametrize("name", ["zero-width", "case", "no diacritics", "emoji digits"])
def test_folding_undoes_an_attack_on_the_look_alone(name: str) -> None:
    assert fold(attacked(TEXT, name, 3)).text == fold(TEXT).text


@pytest.mark.parametrize("name", sorted(ATTACKS))
@pytest.mark.parametrize("text", ["", "ok", "1", "订单", "a b c"])
def test_short_texts_survive(name: str, text: str) -> None:
    assert isinstance(ATTACKS[name](text, random.Random(1)), str)
