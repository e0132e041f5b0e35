"""Checks addresses of crypto-currencies by the checksum each kind carries."""

from __future__ import annotations

import base64
import binascii
import re

import base58
from Crypto.Hash import keccak

# Version bytes of base58check addresses, by first letters: Bitcoin 1/3, Litecoin L/M,
# Dogecoin D/9/A, Tron T, Dash X/7, Zcash t1/t3 (chainparams of each reference client).
_BASE58_VERSIONS = {
    b"\x00": 21, b"\x05": 21, b"\x30": 21, b"\x32": 21, b"\x1e": 21, b"\x16": 21, b"\x41": 21,
    b"\x4c": 21, b"\x10": 21, b"\x1c\xb8": 22, b"\x1c\xbd": 22,
}  # fmt: skip
_BECH32_PREFIXES = frozenset({"bc", "ltc", "addr", "cosmos", "bnb", "osmo", "celestia", "inj"})
_BECH32_LETTERS = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_BECH32_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
# BIP-173 and BIP-350.
_BECH32, _BECH32M = 1, 0x2BC830A3
_CASHADDR_GENERATOR = (0x98F2BC8E61, 0x79B76D99E2, 0xF33E5FB3C4, 0xAE2EABE2A8, 0x1E4F43E470)
# Bytes that a block of base58 letters of Monero holds.
_MONERO_BLOCKS = {2: 1, 3: 2, 5: 3, 6: 4, 7: 5, 9: 6, 10: 7, 11: 8}
_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_SOLANA = re.compile(r"(?=[1-9A-HJ-NP-Za-km-z]{0,43}\d)[1-9A-HJ-NP-Za-km-z]{32,44}")


def read_wallet(written: str, is_expected: bool) -> str | None:
    """Return the normal form of a wallet address, or None when its checksum is wrong.

    Args:
        written: the address as pasted, nothing around it.
        is_expected: the text speaks of a wallet; only then kinds without a checksum count.

    Returns:
        As written where case matters; lower case for bech32 and hexadecimal ones.
    """
    lower = written.lower()
    if lower.startswith("0x"):
        return lower if _is_ethereum(written) else None
    if _is_base58check(written) or _is_ripple(written) or _is_monero(written) or _is_ton(written):
        return written
    if written in {lower, written.upper()} and (_is_bech32(lower) or _is_cashaddr(lower)):
        return lower
    if is_expected and _is_solana(written):
        return written
    return None


def _is_base58check(written: str) -> bool:
    try:
        payload = base58.b58decode_check(written)
    except ValueError:
        return False
    return any(payload.startswith(v) and len(payload) == n for v, n in _BASE58_VERSIONS.items())


def _is_ripple(written: str) -> bool:
    if not written.startswith("r"):
        return False
    try:
        payload = base58.b58decode_check(written, alphabet=base58.RIPPLE_ALPHABET)
    except ValueError:
        return False
    return len(payload) == 21 and payload[0] == 0


def _is_ethereum(written: str) -> bool:
    """Accept one case throughout, or the mixed case of EIP-55."""
    digits = written[2:]
    if not re.fullmatch("[0-9a-fA-F]{40}", digits) or not digits.strip(digits[0]):
        return False
    if digits in {digits.lower(), digits.upper()}:
        return True
    hashed = keccak.new(data=digits.lower().encode(), digest_bits=256).hexdigest()
    return all(
        letter == (letter.upper() if int(nibble, 16) >= 8 else letter.lower())
        for letter, nibble in zip(digits, hashed, strict=False)
    )


def _is_bech32(lower: str) -> bool:
    prefix, _, data = lower.rpartition("1")
    if prefix not in _BECH32_PREFIXES or any(c not in _BECH32_LETTERS for c in data):
        return False
    values = [_BECH32_LETTERS.index(c) for c in data]
    expanded = [ord(c) >> 5 for c in prefix] + [0] + [ord(c) & 31 for c in prefix]
    checksum = 1
    for value in expanded + values:
        top = checksum >> 25
        checksum = (checksum & 0x1FFFFFF) << 5 ^ value
        for bit, generator in enumerate(_BECH32_GENERATOR):
            checksum ^= generator if top >> bit & 1 else 0
    if prefix in {"bc", "ltc"}:
        return checksum == (_BECH32 if values[0] == 0 else _BECH32M) and len(values) in {39, 59}
    return checksum == _BECH32


def _is_cashaddr(lower: str) -> bool:
    """Check a Bitcoin Cash address without its "bitcoincash:" (its polymod is 40 bits wide)."""
    if len(lower) != 42 or lower[0] not in "qp" or any(c not in _BECH32_LETTERS for c in lower):
        return False
    values = [ord(c) & 31 for c in "bitcoincash"] + [0] + [_BECH32_LETTERS.index(c) for c in lower]
    checksum = 1
    for value in values:
        top = checksum >> 35
        checksum = (checksum & 0x07FFFFFFFF) << 5 ^ value
        for bit, generator in enumerate(_CASHADDR_GENERATOR):
            checksum ^= generator if top >> bit & 1 else 0
    return checksum == 1


def _is_monero(written: str) -> bool:
    if len(written) not in {95, 106} or written[0] not in "48":
        return False
    payload = b""
    for start in range(0, len(written), 11):
        block = written[start : start + 11]
        size = _MONERO_BLOCKS.get(len(block))
        number = 0
        for letter in block:
            if letter not in _BASE58:
                return False
            number = number * 58 + _BASE58.index(letter)
        if size is None or number >= 256**size:
            return False
        payload += number.to_bytes(size, "big")
    digest = keccak.new(data=payload[:-4], digest_bits=256).digest()
    return payload[-4:] == digest[:4]


def _is_ton(written: str) -> bool:
    """Check a friendly address of TON: flag, workchain, hash, CRC-16/XMODEM (TEP-2)."""
    if len(written) != 48 or written[0] not in "EUk0":
        return False
    try:
        payload = base64.urlsafe_b64decode(written.replace("+", "-").replace("/", "_"))
    except ValueError:
        return False
    if len(payload) != 36 or payload[0] & 0x7F not in {0x11, 0x51}:
        return False
    return binascii.crc_hqx(payload[:34], 0) == int.from_bytes(payload[34:], "big")


def _is_solana(written: str) -> bool:
    if not _SOLANA.fullmatch(written) or written in {written.lower(), written.upper()}:
        return False
    try:
        return len(base58.b58decode(written)) == 32
    except ValueError:
        return False
