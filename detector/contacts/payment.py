"""Finds accounts to pay to: IBAN, cards, crypto wallets, PIX keys, payment links."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from stdnum import iban, luhn

from detector.contacts.context import Context, Taken
from detector.contacts.deep_links import HostIndex, has_slash
from detector.contacts.pix import pix_keys
from detector.contacts.wallet import read_wallet
from detector.fold import Folded, fold
from detector.types import ContactKind, Found, Note

NOTES: dict[str, str] = {
    "read-as": "Read as {value}.",
    "iban-without-country": "An account number written without its country; read as {value}.",
}
"""Sentences of this module's notes."""

_DATA: dict[str, Any] = tomllib.loads(
    Path(__file__).with_name("payments.toml").read_text(encoding="utf-8")
)


def _cue(name: str) -> re.Pattern[str]:
    """Return a pattern for the beginning of one of the words of a list."""
    words = sorted(fold(word).text for word in _DATA["words"][name])
    return re.compile(
        "|".join(("(?<![a-z])" if word < "\u0400" else "") + re.escape(word) for word in words)
    )


_LINKS: dict[str, list[re.Pattern[str]]] = {}
for _link in _DATA["link"]:
    _LINKS.setdefault(_link["host"], []).append(re.compile(_link["path"]))
_HOSTS = HostIndex(_LINKS)

LITERALS: frozenset[str] = _HOSTS.literals | {"pix"}
"""Hosts of payment links and the word PIX; account numbers have digits."""

_IBAN_START = re.compile(r"(?<![a-z0-9])(?=[a-z]{2} ?\d{2}[ .-]{0,2}[a-z0-9]{2})")
_IBAN = re.compile(r"[a-z]{2} ?\d{2}(?:[ .-]{0,2}[a-z0-9]){11,46}")
_POLISH = re.compile(r"(?<![a-z0-9])\d{2}(?:[ -]?\d{4}){6}(?![a-z0-9]|[ -]\d)")
_ACCOUNT_CUE = _cue("account")
_CARD = re.compile(
    r"(?<![a-z0-9/#+$])(?<!\d[ .,:-])\d(?:[ .\-_]{0,2}\d){12,18}(?![a-z0-9]|[ -]\d|[.,:/]\d)"
)
# Groups as on the card; an expiry date may follow.
_GROUPED = re.compile(
    r"(?<![a-z0-9/#+$])(?<!\d[ .,:-])(?:\d{4}([ .\-_]{1,2})\d{4}\1\d{4}\1\d{4}(?:\1\d{3})?"
    r"|\d{4}([ -])\d{6}\2\d{4,5})(?![a-z0-9]|\1\d{4})"
)
# Leading digits of card schemes and the lengths they use (ISO/IEC 7812, the schemes' own
# tables): Visa, Mastercard, Amex, Diners, Discover, JCB, UnionPay, Mir, Troy, Maestro, Elo, Verve.
_SCHEMES = re.compile(
    r"4\d{12}(?:\d{3}){0,2}|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}"
    r"|3[47]\d{13}|3(?:0[0-5]|[689]\d)\d{11}|6(?:011|4[4-9]\d|5\d\d)\d{12}|35(?:2[89]|[3-8]\d)\d{12}"
    r"|62\d{14,17}|220[0-4]\d{12,15}|9792\d{12}|(?:50|5[6-9]|6[37])\d{10,17}|6(?:06282|36368)\d{10}"
)
_CARD_CUE = _cue("card")
_ORDER_CUE = _cue("order")
_LONG = re.compile(r"[a-z0-9_+/-]{25}")
_WALLET = re.compile(
    r"(?<![a-z0-9_/=+-])(?:0x[0-9a-f]{40}|(?:bc|ltc|addr|cosmos|bnb|osmo|celestia|inj)1[a-z0-9]{20,110}"
    r"|[euk0][qf][a-z0-9_/+-]{46}|[48][a-z0-9]{94,105}|[a-z0-9]{25,44})(?![a-z0-9_]|[-/][a-z0-9])"
)
_WALLET_CUE = _cue("wallet")
_DIGITS = re.compile(r"\d(?:[ .\-_]{0,2}\d){9}")


def is_awake(text: str, digits: int) -> bool:
    """Tell whether an account number may be there: many digits, or a long word with some."""
    return digits >= 10 or _LONG.search(text) is not None


def find(folded: Folded, context: Context, taken: Taken) -> Iterator[Found]:
    """Yield the payment accounts of a text.

    A number counts only with a right check digit. Values: ``iban`` upper case without
    spaces, ``card`` digits, ``wallet`` as written where case matters, ``pix`` the key,
    ``url`` the host of a payment link.
    """
    own = Taken(list(taken.spans))
    for one in _candidates(folded, folded.text):
        if own.is_free(one.start, one.end):
            own.claim(one.start, one.end)
            yield one


def _candidates(folded: Folded, text: str) -> Iterator[Found]:
    if has_slash(text):
        yield from _payment_links(folded)
    if "pix" in text or "000201" in text:
        for value, place in pix_keys(folded):
            yield _account("pix", value, *place)
    if _LONG.search(text):
        yield from _wallets(folded)
    if _DIGITS.search(text):
        yield from _ibans(text)
        yield from _cards(text)


def _account(
    kind: ContactKind,
    value: str,
    start: int,
    end: int,
    *notes: Note,
    trait: str = "payment-account",
) -> Found:
    return Found(
        kind, value, start, end, status="unofficial", notes=notes, traits=frozenset({trait})
    )


def _payment_links(folded: Folded) -> Iterator[Found]:
    for link in _HOSTS.links(folded):
        if any(path.match(link.path) for path in _LINKS[link.host]):
            value = link.site.rstrip(":/")
            notes = () if link.is_plain else (Note("read-as", (("value", value),)),)
            yield _account("url", value, link.start, link.end, *notes, trait="payment-link")


def _wallets(folded: Folded) -> Iterator[Found]:
    for match in _WALLET.finditer(folded.text):
        start, end = folded.span(*match.span())
        value = read_wallet(folded.raw[start:end], _has_cue(_WALLET_CUE, folded.text, match, 80))
        if value is not None:
            yield _account("wallet", value, *match.span(), trait="wallet")


def _has_cue(cue: re.Pattern[str], text: str, match: re.Match[str], reach: int) -> bool:
    """Tell whether a word of ``cue`` stands within ``reach`` characters of a match."""
    return bool(
        cue.search(text, max(0, match.start() - reach), match.start())
        or cue.search(text, match.end(), match.end() + reach)
    )


# --- IBAN ------------------------------------------------------------------------------


@lru_cache(maxsize=4096)
def _is_iban(compact: str) -> bool:
    return bool(iban.is_valid(compact))


def _ibans(text: str) -> Iterator[Found]:
    for start in _IBAN_START.finditer(text):
        match = _IBAN.match(text, start.start())
        found = _iban_within(match) if match else None
        if found is not None:
            yield found
    for match in _POLISH.finditer(text):
        value = "PL" + re.sub(r"\D", "", match[0])
        if _has_cue(_ACCOUNT_CUE, text, match, 80) and _is_iban(value):
            note = Note("iban-without-country", (("value", value),))
            yield _account("iban", value, *match.span(), note)


def _iban_within(match: re.Match[str]) -> Found | None:
    """Return the IBAN a run begins with: words may follow without a sign between."""
    run = match[0]
    ends = [i for i in range(15, len(run) + 1) if i == len(run) or not run[i].isalnum()]
    for end in ends:
        compact = re.sub(r"[ .-]", "", run[:end]).upper()
        if 15 <= len(compact) <= 34 and run[end - 1].isalnum() and _is_iban(compact):
            return _account("iban", compact, match.start(), match.start() + end)
    return None


# --- cards -----------------------------------------------------------------------------


def _cards(text: str) -> Iterator[Found]:
    for pattern in (_GROUPED, _CARD):
        for match in pattern.finditer(text):
            digits = re.sub(r"\D", "", match[0])
            if not _SCHEMES.fullmatch(digits) or not luhn.is_valid(digits):
                continue
            if len(set(digits)) > 1 and _is_meant(text, match, pattern is _GROUPED):
                yield _account("card", digits, *match.span())


def _is_meant(text: str, match: re.Match[str], is_grouped: bool) -> bool:
    """Tell a card from an order number with a fitting check digit (one in ten has one)."""
    before = text[max(0, match.start() - 32) : match.start()]
    if _ORDER_CUE.search(before) and not _CARD_CUE.search(before):
        return False
    is_alone = len(text.strip(" .\n")) == match.end() - match.start() and match[0][0] in "245"
    return is_grouped or is_alone or _has_cue(_CARD_CUE, text, match, 60)
