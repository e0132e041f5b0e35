"""Reads PIX keys (Brazil): tied to the word, or inside a "copia e cola" code."""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator

import phonenumbers
from stdnum.br import cnpj, cpf

from detector.fold import Folded
from detector.types import Span

_WORD = re.compile(r"(?<![a-z0-9])pix(?![a-z0-9])|(?<![a-z])chaves?(?: aleatoria)?(?![a-z])")
_SURE_WORD = re.compile(r"(?<![a-z0-9])pix(?![a-z0-9])")
# Kinds of key: Banco Central do Brasil, "Manual de Padrões para Iniciação do Pix".
_RANDOM = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_EMAIL = r"[a-z0-9][a-z0-9._%+-]{0,63}@(?:[a-z0-9][a-z0-9-]{0,62}\.){1,4}[a-z]{2,20}"
_NUMBER = r"\+?\(?\d[\d ().\-/]{8,22}\d"
_KEY = re.compile(
    rf"(?<![a-z0-9.@_+-])(?:(?P<random>{_RANDOM})|(?P<email>{_EMAIL})|(?P<number>{_NUMBER}))"
    r"(?![a-z0-9@])"
)
_AHEAD, _BEHIND = 60, 40
# EMV merchant code: it begins with its version and ends with a CRC-16/CCITT-FALSE.
_CODE = re.compile(r"000201[ -~]{30,480}?6304[0-9a-f]{4}(?![0-9a-f])")
_CODE_KEY = re.compile(r"br\.gov\.bcb\.pix01(\d\d)", re.IGNORECASE)
# What tells a number apart from the word: another sentence, or a number of an order.
_APART = re.compile(r"[.!?] |pedido|rastre|protocolo|codigo|nota fiscal|order")


def pix_keys(folded: Folded) -> Iterator[tuple[str, Span]]:
    """Yield each PIX key in its normal form with its place in the folded text.

    E-mail addresses are lower case, CPF and CNPJ bare digits, telephone numbers E.164,
    random keys lower case.
    """
    text = folded.text
    yield from _codes(folded)
    if _SURE_WORD.search(text) is None:
        return
    for key in _KEY.finditer(text):
        words = _WORD.finditer(text, max(0, key.start() - _AHEAD), key.end() + _BEHIND)
        if any(_is_tied(text, word.span(), key.span()) for word in words):
            value = _value(key, text)
            if value is not None:
                yield value, key.span()


def _is_tied(text: str, word: Span, key: Span) -> bool:
    """Tell whether nothing between the word and the key parts them."""
    between = text[word[1] : key[0]] if word[1] <= key[0] else text[key[1] : word[0]]
    return _APART.search(between) is None


def _value(key: re.Match[str], text: str) -> str | None:
    if key["random"] or key["email"]:
        return key[0]
    digits = re.sub(r"\D", "", key[0])
    if not key[0].startswith("+"):
        if len(digits) == 11 and cpf.is_valid(digits):
            return digits
        if len(digits) == 14 and cnpj.is_valid(digits):
            return digits
    try:
        number = phonenumbers.parse(key[0], "BR")
    except phonenumbers.NumberParseException:
        return None
    if number.country_code != 55 or not phonenumbers.is_valid_number(number):
        return None
    e164: str = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return e164


def _codes(folded: Folded) -> Iterator[tuple[str, Span]]:
    if "000201" not in folded.text:
        return
    for match in _CODE.finditer(folded.text):
        start, end = folded.span(*match.span())
        code = folded.raw[start:end]
        if not code.isascii() or binascii.crc_hqx(code[:-4].encode(), 0xFFFF) != int(code[-4:], 16):
            continue
        size = _CODE_KEY.search(code)
        if size:
            yield code[size.end() : size.end() + int(size[1])].lower(), match.span()
