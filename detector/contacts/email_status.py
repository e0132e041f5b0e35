"""Tells what an e-mail address is to a marketplace."""

from __future__ import annotations

import re
from dataclasses import replace

from detector.contacts.hostname import Host, words
from detector.contacts.lookalike import is_lookalike
from detector.marketplace import Marketplace
from detector.types import Found, Note, Status

NOTES: dict[str, str] = {
    "official-email": "The address is listed by {marketplace} for: {purpose}.",
    "brand-email": "Addresses at {domain} are no support contact of {marketplace}: "
    "letters there are not answered.",
    "brand-mailbox": "{marketplace} lists this address for {purpose} only; it is not support.",
    "forged-sender": "Notifications of {marketplace} do come from {domain}, but a sender line can "
    "be forged and nobody reads replies.",
    "lookalike-email": "{domain} imitates the name of {marketplace}, but does not belong to it.",
    "brand-in-local": "The name before the @ sign proves nothing: the mailbox belongs to {domain}.",
    "freemail": "Anyone can open a mailbox at {domain}.",
    "foreign-email": "{domain} does not belong to {marketplace}.",
}

FREEMAIL = words("freemail")


def judge(found: Found, host: Host, marketplace: Marketplace | None) -> Found:
    """Return the address with status, traits and notes."""
    if marketplace is None:
        traits = {"freemail"} if host.value in FREEMAIL else set()
        return replace(found, traits=frozenset(traits))
    values = (("domain", host.value), ("marketplace", marketplace.name))
    box = marketplace.mailbox(found.value)
    if box is not None:
        note_id = "official-email" if box.status == "official" else "brand-mailbox"
        note = Note(note_id, (("marketplace", marketplace.name), ("purpose", box.purpose)))
        return _with(found, box.status, {"brand-email", "brand-mailbox"}, [note])
    if marketplace.is_brand_email_domain(host.value):
        if host.is_repaired:
            return _with(found, "lookalike", {"lookalike-email"}, [Note("lookalike-email", values)])
        if marketplace.is_mail_transport(host.value):
            notes = [Note("brand-email", values), Note("forged-sender", values)]
            return _with(found, "unofficial", {"brand-email", "transport-email"}, notes)
        return _with(found, "unofficial", {"brand-email"}, [Note("brand-email", values)])
    if is_lookalike(host.value, marketplace):
        return _with(found, "lookalike", {"lookalike-email"}, [Note("lookalike-email", values)])
    return _judge_stranger(found, host, marketplace, values)


def _judge_stranger(
    found: Found, host: Host, marketplace: Marketplace, values: tuple[tuple[str, str], ...]
) -> Found:
    traits, notes = {"foreign-email"}, [Note("foreign-email", values)]
    if host.value in FREEMAIL:
        traits.add("freemail")
        notes = [Note("freemail", values)]
    # The mailbox name read as a host label: the same imitations count.
    local = re.sub(r"[._+]", "-", found.value.partition("@")[0])
    if is_lookalike(f"{local}.example", marketplace):
        traits.add("brand-in-local")
        notes.append(Note("brand-in-local", values))
    return _with(found, "unofficial", traits, notes)


def _with(found: Found, status: Status, traits: set[str], notes: list[Note]) -> Found:
    return replace(found, status=status, traits=frozenset(traits), notes=tuple(notes))
