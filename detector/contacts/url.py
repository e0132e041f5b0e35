"""Finds links: with a scheme, bare (``shop.example.com/x``), and with disguised dots."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote

from detector.contacts.address import read_address
from detector.contacts.context import Context, Taken
from detector.contacts.deep_links import HANDLE_HOSTS, PAYMENT_HOSTS
from detector.contacts.hostname import (
    RESERVED,
    TOP_LEVEL,
    Chain,
    Host,
    chain_at,
    chains,
    has_disguise,
    resolve,
    words,
)
from detector.contacts.link_status import NOTES as STATUS_NOTES
from detector.contacts.link_status import judge, stands_for
from detector.contacts.mention import DOTTED_NAMES, alternatives
from detector.contacts.plausible import has_evidence, is_plausible, is_plausible_loose
from detector.fold import Folded, fold
from detector.types import Found, Note, Span

NOTES: dict[str, str] = {
    **STATUS_NOTES,
    "read-as": "Read as {value}.",
    "ip-host": "The link leads to a bare number address, not to a named site.",
    "userinfo-trick": "Everything before the @ sign is decoration: the link leads to {host}.",
    "link-text-mismatch": "The visible text names {shown}, but the link leads to {host}.",
    "brand-in-path": "The name in the address is only decoration: the link leads to {host}.",
}
"""Sentences of this module's notes."""

_SHORTENERS = frozenset(
    tomllib.loads(Path(__file__).with_name("shorteners.toml").read_text(encoding="utf-8"))["hosts"]
)
_DEEP_LINKS = HANDLE_HOSTS | PAYMENT_HOSTS
_SURE = words("sure") | {"xn--p1ai"}

_SCHEME = re.compile(
    r"(?<![a-z0-9])(?:h(?:tt|xx|\*\*|\+\+)ps?|ftp)"
    r"(?: ?\[?[:;]\]? ?[/\\] ?[/\\]{0,2} ?|[/\\]{2}|%3a%2f%2f)"
    r"|(?<![^\s\"'(=])//(?=[a-z0-9-]{1,63}\.)"
)
_AUTHORITY = re.compile(r"[^\s/\\?#\"'<>(){}]{1,255}")
_IPV6 = re.compile(r"\[([0-9a-f:.]{2,45})\]")
_BARE = re.compile(
    r"(?<![a-z0-9@_/\\])(?<![a-z0-9]-)(?<![a-z0-9]\.)"
    r"(?=[a-z0-9_])(?:[a-z0-9_][a-z0-9_-]{0,62}[.。]){1,8}[a-z][a-z0-9-]{1,62}(?![a-z0-9_@])"
)
_BARE_IDN = re.compile(
    r"(?<![\w@/\\.-])(?:[^\W_][\w-]{0,62}[.。]){1,6}[^\W\d_][\w-]{1,30}(?![\w@])"
)
# Patterns that begin with a plain character are searched fast; they ask before the others.
_HAS_DOT = re.compile(r"[.。][^\W\d_]")
_HAS_WEAK = re.compile(r"\. (?:com|ru|net|org|top|shop|xyz|pl|cn)(?![\w.-])")
_BARE_IP = re.compile(r"(?<![\w.@/-])(?:\d{1,3}\.){3}\d{1,3}(?=(?::\d{2,5})?/[a-z])")
_WEAK = re.compile(
    r"(?<![\w@.-])([a-z0-9][a-z0-9-]{2,62})\. (com|ru|net|org|top|shop|xyz|pl|cn)(?![\w.-])"
)
_DOTTED_ID = re.compile(rf"(?<!\w)(?:{alternatives(DOTTED_NAMES)}) ?(?:[:@=]|is|id:?|-) ?@?$")
_NO_IDS = frozenset({"com", "net", "org", "ru"})
_SPACED_HYPHEN = re.compile(r"(?<![a-z0-9-])([a-z0-9-]{2,40}) ?- ?$")
# What may follow a host; a path ends where a script without spaces begins.
_TAIL = re.compile(
    r"(?::\d{1,5})?(?:[/\\?#][^\s<>\"'()\[\]{}|·、。，\u2e80-\u9fff\uac00-\ud7a3\uff00-\uffef]{0,2000})?"
)
_TRAILING = ".,;:!?*_~-'\"\\"
_DOMAIN_LITERALS = {"." + fold(top).text for top in TOP_LEVEL | RESERVED}
LITERALS: frozenset[str] = frozenset(
    _DOMAIN_LITERALS
    | {
        "http",
        "hxxp",
        "h**p",
        "h++p",
        "ftp:",
        "//",
        ":\\",
        "%2e",
        "\\.",
        "。",
        "[.",
        "(.",
        "{.",
        "<.",
        "[ .",
        "( .",
    }
    | {". " + top for top in ("com", "ru", "net", "org", "top", "shop", "xyz", "pl", "cn")}
    | {f" . {top}" for top in TOP_LEVEL | RESERVED}
    | words("dot_words")
    | {f"·{top}" for top in _SURE | {"top", "shop", "vip", "xyz"}}
)
"""A dot with a top-level domain, a scheme, or a dot in disguise."""


def find(folded: Folded, context: Context, taken: Taken) -> Iterator[Found]:
    """Yield the links of a text, left to right.

    Hosts of messengers and payment services are left to their own finders. Yields
    kind ``url``; the value is the host, the span the whole link.
    """
    own = Taken(list(taken.spans))
    found: list[Found] = []
    for candidate in _candidates(folded, context):
        if not own.is_free(candidate.start, candidate.end):
            continue
        own.claim(candidate.start, candidate.end)
        found.append(candidate)
    found.sort(key=lambda one: one.start)
    for before, one in pairwise([None, *found]):
        assert one is not None
        if not _is_deep_link(folded, one):
            yield _with_text(folded, one, before)


def _candidates(folded: Folded, context: Context) -> Iterator[Found]:
    """Yield what may be links, the surest readings first."""
    text = folded.text
    if "//" in text or ":/" in text or "\\" in text or " /" in text or "%2f" in text:
        yield from _with_scheme(folded, context)
    if has_disguise(text):
        for chain in chains(text):
            host = _loose_host(folded, chain)
            if host is not None and (host.is_plain or is_plausible_loose(folded, host, context)):
                yield _found(folded, _widened(folded, host, context), context)
    if _HAS_DOT.search(text):
        for match in _BARE.finditer(text):
            yield from _bare(folded, match.start(), context)
        if not text.isascii():
            for match in _BARE_IDN.finditer(text):
                if not match[0].isascii():
                    yield from _bare(folded, match.start(), context)
    if "/" in text:
        for match in _BARE_IP.finditer(text):
            yield from _ip(folded, match[0], match.span())
    if _HAS_WEAK.search(text) is None:
        return
    for match in _WEAK.finditer(text):
        host = resolve(folded, Chain((match.span(1), match.span(2)), ("spaced",)))
        if host is not None and has_evidence(folded, host, context, cues=False):
            yield _found(folded, host, context)


# --- with a scheme -------------------------------------------------------------------


def _with_scheme(folded: Folded, context: Context) -> Iterator[Found]:
    text = folded.text
    for scheme in _SCHEME.finditer(text):
        start = scheme.end()
        ipv6 = _IPV6.match(text, start)
        if ipv6:
            yield from _ip(folded, ipv6[1], (scheme.start(), ipv6.end()))
            continue
        authority = _AUTHORITY.match(text, start)
        if authority is None:
            continue
        shown, at, _ = authority[0].rpartition("@")
        host_start = start + len(shown) + len(at)
        found = _host_after_scheme(folded, scheme.start(), host_start, context)
        for one in found:
            if at:
                values = (("host", one.value),)
                yield _add(one, {"userinfo-trick"}, Note("userinfo-trick", values))
            else:
                yield one


def _host_after_scheme(
    folded: Folded, start: int, host_start: int, context: Context
) -> Iterator[Found]:
    text = folded.text
    authority = _AUTHORITY.match(text, host_start)
    plain = authority[0].partition(":")[0] if authority else ""
    if re.fullmatch(r"[0-9.]{7,15}|\d{8,10}|0x[0-9a-f]{8}", plain):
        yield from _ip(folded, plain, (start, host_start + len(plain)))
        return
    if "%" in plain and "%2e" not in plain:
        # Percent signs may hide letters of the host.
        value = unquote(plain)
        host = resolve(fold(value), chain) if (chain := chain_at(value, 0, False)) else None
        if host is not None:
            moved = Host(host.value, start, host_start + len(plain), host.suffix, ("plain",), True)
            yield _found(folded, moved, context, start)
        return
    chain = chain_at(text, host_start, True)
    host = resolve(folded, chain) if chain else None
    if host is not None:
        yield _found(folded, host, context, start)


def _ip(folded: Folded, address: str, span: Span) -> Iterator[Found]:
    """Yield a link to a number address; numbers inside private networks are no contact."""
    value = read_address(address)
    if value is None:
        return
    end = _tail_end(folded.text, span[1])
    traits = frozenset({"ip-host", "foreign-link"})
    yield Found("url", value, span[0], end, traits=traits, notes=(Note("ip-host"),))


# --- without a scheme ----------------------------------------------------------------


def _bare(folded: Folded, start: int, context: Context) -> Iterator[Found]:
    chain = chain_at(folded.text, start, False)
    host = resolve(folded, chain) if chain else None
    if host is None or _is_called_id(folded.text, host):
        return
    if not is_plausible(folded, host, context):
        return
    yield _found(folded, host, context)


def _is_called_id(text: str, host: Host) -> bool:
    """Tell whether the text calls it an id of a network whose ids have dots: "insta: a.b.shop"."""
    is_link = text[host.end : host.end + 1] in {"/", ":"} or host.value.startswith("www.")
    if is_link or host.suffix in _NO_IDS:
        return False
    return _DOTTED_ID.search(text, max(0, host.start - 24), host.start) is not None


# --- with disguised dots --------------------------------------------------------------


def _loose_host(folded: Folded, chain: Chain) -> Host | None:
    """Return the host of a chain without the words that only stand in front of it."""
    labels = len(chain.labels)
    first = 0
    while first < labels - 2 and chain.separators[first] == "spaced":
        if folded.text[slice(*chain.labels[first])] == "www":
            break
        if "plain" not in chain.separators[first + 1 :]:
            break
        first += 1
    return resolve(folded, chain.cut(first, labels))


def _widened(folded: Folded, host: Host, context: Context) -> Host:
    """Take in a first half in front of a spaced hyphen: ``name - refund . com``."""
    before = _SPACED_HYPHEN.search(folded.text[max(0, host.start - 44) : host.start])
    if before is None or context.marketplace is None:
        return host
    value = f"{before[1].strip('-')}-{host.value}"
    wide = Host(
        value, host.start - len(before[0]), host.end, host.suffix, host.separators, host.is_repaired
    )
    return wide if stands_for(wide, context.marketplace) else host


# --- what a link is -------------------------------------------------------------------


def _tail_end(text: str, end: int) -> int:
    """Return where the link ends: behind port and path, before closing punctuation."""
    match = _TAIL.match(text, end)
    stop = match.end() if match else end
    while stop > end and text[stop - 1] in _TRAILING:
        stop -= 1
    return stop


def _found(folded: Folded, host: Host, context: Context, start: int | None = None) -> Found:
    """Judge a host; the link runs from ``start`` (the scheme) to the end of its path."""
    text = folded.text
    begin = host.start if start is None else start
    end = _tail_end(text, host.end)
    status, traits, notes = judge(host, context.marketplace)
    if _is_shortener(host.value):
        traits = (traits - {"foreign-link"}) | {"short-link"}
        notes = [Note("short-link", (("host", host.value),))]
    if status == "unknown" and _names_brand(text[host.end : end], context):
        traits |= {"brand-in-path"}
        notes.append(Note("brand-in-path", (("host", host.value),)))
    raw_start, raw_end = folded.span(begin, end)
    if host.value not in folded.raw[raw_start:raw_end].lower():
        notes.append(Note("read-as", (("value", host.value),)))
    return Found(
        "url", host.value, begin, end, status=status, traits=frozenset(traits), notes=tuple(notes)
    )


def _is_shortener(host: str) -> bool:
    return host in _SHORTENERS or host.removeprefix("www.") in _SHORTENERS


def _names_brand(path: str, context: Context) -> bool:
    if context.marketplace is None or len(path) < 4:
        return False
    return any(len(word) > 5 and word in path for word in context.marketplace.brand_words)


def _is_deep_link(folded: Folded, found: Found) -> bool:
    """Tell whether the link belongs to the finder of handles or payments."""
    host = found.value
    while host and host not in _DEEP_LINKS:
        host = host.partition(".")[2]
    if not host:
        return False
    link = folded.text[found.start : found.end]
    return bool(re.search(r"[^/\\:]\s?[/?#]\s?\S", link))


def _with_text(folded: Folded, target: Found, before: Found | None) -> Found:
    """Mark a link whose visible text ``[shown](target)`` names another host."""
    if before is None or before.value == target.value:
        return target
    if folded.text[before.end : target.start] not in {"](", "] ("}:
        return target
    values = (("shown", before.value), ("host", target.value))
    return _add(target, {"link-text-mismatch"}, Note("link-text-mismatch", values))


def _add(found: Found, traits: set[str], note: Note) -> Found:
    return Found(
        found.kind, found.value, found.start, found.end, found.region, found.status,
        (*found.notes, note), found.traits | traits,
    )  # fmt: skip
