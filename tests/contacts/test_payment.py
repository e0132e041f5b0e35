"""Accounts to pay to: each with its check digits; numbers of orders and parcels are none."""

from __future__ import annotations

import tomllib
from itertools import pairwise
from pathlib import Path
from typing import Any

import base58
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.contacts import payment
from detector.contacts.context import Context, Taken
from detector.contacts.wallet import read_wallet
from detector.fold import Folded, fold
from detector.types import Found

CASES = tomllib.loads(Path(__file__).with_name("cases_payment.toml").read_text("utf-8"))["case"]

LANGUAGES = {
    "en", "ru", "pl", "uk", "es", "pt", "fr", "de", "it", "nl", "tr", "ar", "zh", "ko", "ja",
}  # fmt: skip


def found_in(text: str) -> list[Found]:
    return list(payment.find(fold(text), Context(), Taken()))


def shown(folded: Folded, found: Found) -> str:
    start, end = folded.span(found.start, found.end)
    return folded.raw[start:end]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["text"][:40])
def test_case(case: dict[str, Any]) -> None:
    folded = fold(case["text"])
    found = sorted(found_in(case["text"]), key=lambda one: one.start)
    expected = [(e["kind"], e["value"], e["text"]) for e in case["expect"]]
    assert expected == [(f.kind, f.value, shown(folded, f)) for f in found]


def test_cases_hold_more_near_misses_than_hits() -> None:
    hits = sum(bool(case["expect"]) for case in CASES)
    assert len(CASES) - hits > hits


def test_cases_cover_every_language() -> None:
    covered = {case["language"] for case in CASES}
    assert covered == LANGUAGES


@pytest.mark.parametrize("case", [c for c in CASES if c["expect"]], ids=lambda c: c["text"][:40])
def test_every_hit_holds_a_literal(case: dict[str, Any]) -> None:
    text = fold(case["text"]).text
    digits = sum(c in "0123456789" for c in text)
    hit = any(literal in text for literal in payment.LITERALS)
    assert hit or payment.is_awake(text, digits)


@pytest.mark.parametrize(
    ("text", "trait"),
    [
        ("IBAN DE89370400440532013000", "payment-account"),
        ("card 4111 1111 1111 1111", "payment-account"),
        ("pix 529.982.247-25", "payment-account"),
        ("btc bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", "wallet"),
        ("paypal.me/alishop", "payment-link"),
    ],
)
def test_traits_and_status(text: str, trait: str) -> None:
    assert [({trait}, "unofficial")] == [(set(f.traits), f.status) for f in found_in(text)]


def test_every_note_has_a_sentence() -> None:
    ids = {n.id for case in CASES for found in found_in(case["text"]) for n in found.notes}
    assert {"read-as", "iban-without-country"} == ids
    assert ids <= set(payment.NOTES)


def test_taken_places_are_left_alone() -> None:
    folded = fold("card 4111 1111 1111 1111")
    assert not list(payment.find(folded, Context(), Taken([(0, len(folded.text))])))


# Vectors published with each specification.
@pytest.mark.parametrize(
    "address",
    [
        "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",  # first block of Bitcoin
        "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",  # BIP-173
        "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0",  # BIP-350
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",  # EIP-55
        "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",  # EIP-55
        "qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a",  # CashAddr
        "rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh",  # XRP Ledger
        "44AFFq5kSiGBoZ4NMDwYtN18obc8AemS33DBLWs3H7otXft3XjrpDtQGv7SqSsaBYBb98uNbr2VBBEt7f2wfn3RVGQBEP3A",
    ],
)
def test_published_addresses_are_read_and_their_typos_are_not(address: str) -> None:
    assert read_wallet(address, False) is not None
    middle = len(address) // 2
    other = "2" if address[middle] != "2" else "3"
    assert read_wallet(address[:middle] + other + address[middle + 1 :], False) is None


# BIP-173: a version 0 address must not carry the checksum of version 1.
def test_checksum_of_another_version_is_wrong() -> None:
    assert read_wallet("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kemeawh", False) is None


@given(st.binary(min_size=20, max_size=20))
def test_any_tron_address_is_found_as_written(payload: bytes) -> None:
    address = base58.b58encode_check(b"\x41" + payload).decode()
    assert [("wallet", address)] == [(f.kind, f.value) for f in found_in(f"USDT {address} .")]


@given(st.text(alphabet="0123456789 -.:/abcdefPLDETx@+()", max_size=120))
def test_any_text_gives_spans_inside_it(text: str) -> None:
    folded = fold(text)
    spans = sorted((f.start, f.end) for f in payment.find(folded, Context(), Taken()))
    assert all(0 <= start < end <= len(folded.text) for start, end in spans)
    assert all(a[1] <= b[0] for a, b in pairwise(spans))
