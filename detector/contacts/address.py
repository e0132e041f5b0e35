"""Reads internet addresses that stand in the place of a host name."""

from __future__ import annotations

import ipaddress
import re

_WHOLE_NUMBER = re.compile(r"\d{8,10}|0x[0-9a-f]{8}")
# Reserved for examples (RFC 5737, RFC 3849); treated like public ones.
_DOCUMENTATION = tuple(
    map(
        ipaddress.ip_network,
        ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32"),
    )
)


def read_address(text: str) -> str | None:
    """Return the address in its usual form, or None when it is none or a private one.

    Browsers also take it as one whole number (``3405803783``, ``0xcb007107``).
    """
    try:
        number = int(text, 0) if _WHOLE_NUMBER.fullmatch(text) else text
        address = ipaddress.ip_address(number)
    except ValueError:
        return None
    if address.is_private and not any(address in network for network in _DOCUMENTATION):
        return None
    return str(address)
