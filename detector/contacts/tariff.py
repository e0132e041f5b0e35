"""What a call or an SMS to a number costs, as far as its beginning tells.

The numbers are data with a source and the day they were checked: tariffs.toml.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from phonenumbers import PhoneNumber, PhoneNumberType, national_significant_number

from detector.contacts import numbering

_DATA: dict[str, list[dict[str, Any]]] = tomllib.loads(
    Path(__file__).with_name("tariffs.toml").read_text(encoding="utf-8")
)
_KNOWN_TYPES = {
    PhoneNumberType.PREMIUM_RATE: "premium-phone",
    PhoneNumberType.SHARED_COST: "shared-cost-phone",
    PhoneNumberType.TOLL_FREE: "toll-free-phone",
}
COSTLY: frozenset[str] = frozenset({"premium-phone", "shared-cost-phone", "satellite-phone"})
"""Kinds of tariff that make a number's status ``premium``."""


@dataclass(frozen=True, slots=True)
class ShortCode:
    """A short number that an SMS is sent to; ``price`` like "25 PLN", net."""

    region: str
    price: str


def _by_region() -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for entry in _DATA["tariff"]:
        found.setdefault(entry["region"], []).append(entry)
    return found


_TARIFFS = _by_region()
_SHORT_CODES = [(re.compile(entry["pattern"]), entry) for entry in _DATA["short_code"]]
SHORT_CODE_REGIONS: frozenset[str] = frozenset(entry["region"] for entry in _DATA["short_code"])
"""Regions whose SMS tariffs are known."""
_LOOKALIKES = {(e["region"], e["code"]): str(e["area"]) for e in _DATA["lookalike"]}


def listed_kind(number: PhoneNumber, region: str | None) -> str | None:
    """Return the kind of tariff that our own table has for a number, or None."""
    national = national_significant_number(number)
    if region in {None, "001"}:
        region, national = "001", f"{number.country_code}{national}"
    for entry in _TARIFFS.get(region or "", ()):
        least, most = entry["length"]
        if least <= len(national) <= most and national.startswith(tuple(entry["prefix"])):
            kind: str = entry["kind"]
            return kind
    return None


def kind_of(number: PhoneNumber, region: str | None) -> str | None:
    """Return ``premium-phone``, ``shared-cost-phone``, ``satellite-phone``,
    ``toll-free-phone`` or None for a number of ``region`` (ISO 3166, 001 for no country).
    """
    return listed_kind(number, region) or _KNOWN_TYPES.get(numbering.type_of(number))


def short_code(digits: str, region: str) -> ShortCode | None:
    """Return the tariff of an SMS to ``digits`` in ``region``, or None when it is not known."""
    for pattern, entry in _SHORT_CODES:
        match = pattern.fullmatch(digits) if entry["region"] == region else None
        if match:
            return ShortCode(region, f"{int(match[1])} {entry['currency']}")
    return None


def looks_like_area(country_code: int, home: str) -> str | None:
    """Return the area code of ``home`` that a foreign country code is taken for, or None."""
    return _LOOKALIKES.get((home, country_code))
