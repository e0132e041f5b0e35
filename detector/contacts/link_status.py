"""Tells what a host is to a marketplace: its own, an imitation, or a stranger."""

from __future__ import annotations

from detector.contacts.hostname import Host
from detector.contacts.lookalike import is_lookalike
from detector.marketplace import Marketplace
from detector.types import Note, Status

NOTES: dict[str, str] = {
    "official-domain": "The address belongs to {marketplace}; the sender can still be faked.",
    "affiliate-link": "Anyone can create such a link to {marketplace}; it says nothing about "
    "who sent it.",
    "group-domain": "{host} belongs to the group of {marketplace}, but is no support contact.",
    "lookalike-domain": "{host} imitates the name of {marketplace}, but does not belong to it.",
    "short-link": "{host} hides where the link leads.",
    "punycode-host": "The address uses letters of another script; written out it is {host}.",
    "foreign-link": "{host} does not belong to {marketplace}.",
}


def stands_for(host: Host, marketplace: Marketplace | None) -> bool:
    """Tell whether the host is the marketplace's own or imitates it."""
    if marketplace is None:
        return False
    return marketplace.role(host.value) is not None or is_lookalike(host.value, marketplace)


def judge(host: Host, marketplace: Marketplace | None) -> tuple[Status, set[str], list[Note]]:
    """Return the status of a link to ``host``, its traits and notes."""
    traits: set[str] = set()
    notes: list[Note] = []
    if any(label.startswith("xn--") for label in host.value.split(".")):
        traits.add("punycode-host")
        notes.append(Note("punycode-host", (("host", host.value),)))
    if marketplace is None:
        return "unknown", traits | {"foreign-link"}, notes
    values = (("host", host.value), ("marketplace", marketplace.name))
    role = marketplace.role(host.value)
    if role in {"official", "affiliate", "mail-transport"} and not host.is_repaired:
        traits.add("official-domain")
        notes.append(Note("official-domain", values))
        if role == "affiliate":
            traits.add("affiliate-link")
            notes.append(Note("affiliate-link", values))
        return "official", traits, notes
    if role == "group":
        return "unknown", traits | {"group-domain"}, [*notes, Note("group-domain", values)]
    # Letters of another script in an official name are no slip: the real one has none.
    if (role is not None and role != "partner") or is_lookalike(host.value, marketplace):
        traits.add("lookalike-domain")
        return "lookalike", traits, [*notes, Note("lookalike-domain", values)]
    return "unknown", traits | {"foreign-link"}, [*notes, Note("foreign-link", values)]
