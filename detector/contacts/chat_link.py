"""Reads links that lead into a messenger: t.me/name, wa.me/48…, disguised dots included."""

from __future__ import annotations

from collections.abc import Iterator

import phonenumbers

from detector.contacts.deep_links import HostIndex, Link
from detector.contacts.mention import ROUTES, Messenger, Route
from detector.fold import Folded
from detector.types import Found, Note

_HOSTS = HostIndex(ROUTES)
LITERALS: frozenset[str] = _HOSTS.literals
# Words that stand where a name would: examples in a text, not contacts.
_PLACEHOLDERS = frozenset(
    {"name", "username", "yourname", "your_name", "user", "example", "xxx", "home", "index.php"}
)


def chat_links(folded: Folded) -> Iterator[Found]:
    """Yield a handle for each link that stands for one; pages and posts stand for none."""
    for link in _HOSTS.links(folded):
        found = _read(link)
        if found is not None:
            yield found


def _read(link: Link) -> Found | None:
    for messenger, route in ROUTES[link.host]:
        match = route.pattern.match(link.path)
        if match is None:
            continue
        if not route.value:
            return None
        if route.stands_for == "number":
            return _number_link(link, messenger, match[1])
        name = match[1].strip(".-~") if route.stands_for == "name" else match[1]
        if len(name) < 2 or name.strip("@") in _PLACEHOLDERS:
            return None
        return _found(link, messenger, route, name)
    return None


def _found(link: Link, messenger: Messenger, route: Route, name: str) -> Found:
    value = f"{messenger.id}:{route.value.format(name)}"
    traits = {messenger.trait}
    if route.stands_for == "invite":
        traits.add("group-invite")
    return Found(
        "handle", value, link.start, link.end, status="unofficial",
        notes=_notes(link, value), traits=frozenset(traits),
    )  # fmt: skip


def _number_link(link: Link, messenger: Messenger, written: str) -> Found | None:
    """Return the handle of a number link; such links hold the country code, often without +."""
    digits = "".join(c for c in written if c.isdigit()).lstrip("0")
    if not 7 <= len(digits) <= 15:
        return None
    value = f"{messenger.id}:+{digits}"
    return Found(
        "handle", value, link.start, link.end, region=region_of(digits), status="unofficial",
        notes=_notes(link, value), traits=frozenset({messenger.trait}),
    )  # fmt: skip


def region_of(digits: str) -> str | None:
    """Return the ISO region of an international number without its plus, or None."""
    try:
        number = phonenumbers.parse(f"+{digits}", None)
    except phonenumbers.NumberParseException:
        return None
    region: str | None = phonenumbers.region_code_for_number(
        number
    ) or phonenumbers.region_code_for_country_code(number.country_code or 0)
    return region if region not in {"ZZ", "001"} else None


def _notes(link: Link, value: str) -> tuple[Note, ...]:
    return () if link.is_plain else (Note("read-as", (("value", value),)),)
