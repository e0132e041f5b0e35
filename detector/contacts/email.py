"""Finds e-mail addresses: plain, spaced, with words for the signs, in any script."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace

from email_validator import EmailNotValidError, validate_email

from detector.contacts.context import Context, Taken
from detector.contacts.email_status import FREEMAIL, judge
from detector.contacts.email_status import NOTES as STATUS_NOTES
from detector.contacts.hostname import (
    DOT_WORDS,
    TLD_WORDS,
    Chain,
    Host,
    alternatives,
    chain_at,
    mapping,
    raw_text,
    resolve,
    split_suffix,
    words,
)
from detector.contacts.lookalike import is_lookalike
from detector.fold import Folded
from detector.types import Found, Note, Span

NOTES: dict[str, str] = {**STATUS_NOTES, "read-as": "Read as {value}."}
"""Sentences of this module's notes."""

_PROVIDERS = mapping("provider_words")
_PROVIDER_NAMES = frozenset(domain.partition(".")[0] for domain in FREEMAIL)
_AT_WORDS = words("at_words")
_WEAK_AT_WORDS = frozenset({"at", "ат"})
_DESKS = words("desks")
_NOT_LOCAL = words("not_local") - _DESKS
_SURE = words("sure")
_UNDERSCORES = words("underscore_words")
_HYPHENS = words("hyphen_words")

_TIGHT = frozenset(w for w in _AT_WORDS if w > "\u0e00")  # scripts without spaces
_STRONG = alternatives(_AT_WORDS)
_AT = re.compile(
    r"(?P<sign> ?@ ?)|(?P<copy> ?© ?)"
    rf"|(?P<bracket> ?[\[({{<*_-] ?(?:at|ат|a|@|{_STRONG}) ?[\])}}>*_-] ?)"
    rf"|(?P<word> (?:{alternatives(_AT_WORDS - _TIGHT)}) | ?(?:{alternatives(_TIGHT)}) ?)"
    r"|(?P<weak> (?:at|ат) )|(?P<turkish> et )"
)
_SIGN = re.compile(r"(?P<sign> ?@ ?)")
_AT_MARKS = (
    "[",
    "(",
    "{",
    "<",
    "©",
    " at ",
    " ат ",
    " et ",
    "*",
    "_",
    "-at-",
    "-@",
    *sorted(_AT_WORDS),
)
_TOKEN_BEFORE = re.compile(
    r"(?:[a-z0-9][a-z0-9._%+-]{0,63}"
    r"|[^\W\d_a-z\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]"
    r"[^\Wa-z\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]{0,40})$"
)
# What may join two pieces of the part before the sign.
_JOINT_BEFORE = re.compile(
    rf"(?:(?P<dot> \. | ?[\[({{] ?(?:\.|{alternatives(DOT_WORDS)}) ?[\])}}] ?"
    rf"| (?:{alternatives(DOT_WORDS)}) )"
    rf"|(?P<underscore> _ | (?:{alternatives(_UNDERSCORES)}) )"
    rf"|(?P<hyphen> (?:{alternatives(_HYPHENS)}) ))$"
)
_JOINTS = {"dot": ".", "underscore": "_", "hyphen": "-"}
_COMMA_DOMAIN = re.compile(
    rf"({alternatives(_PROVIDER_NAMES)}), ?(com|ru|net|de|fr|it|es|pl)(?![\w.])"
)
_LONE_PROVIDER = re.compile(rf"(gmail|{alternatives(frozenset(_PROVIDERS))})(?![\w@-]|[.。]\w)")
_UNDERSCORED = re.compile(
    r"(?<![a-z0-9._-])([a-z0-9][a-z0-9.]{0,40})[_-]at[_-]([a-z0-9]{1,40})[_-]dot[_-]([a-z]{2,10})"
    r"(?![a-z0-9_-])"
)
# "s h o p 7 7 @ g m a i l . c o m": letters may have been put together again by the fold.
_SPACED = re.compile(
    r"(?<![a-z0-9@._-])([a-z0-9]{1,20}(?: ?[._-]? ?[a-z0-9]{1,2}(?![a-z0-9])){0,30}) ?@"
    r" ?([a-z0-9]{1,20}(?: [a-z0-9](?![a-z0-9])){0,30}) ?\. ?([a-z](?: [a-z]){1,5}|[a-z]{2,6})"
    r"(?![a-z0-9])"
)
_SINGLE = re.compile(r"(?<![a-z0-9])[a-z0-9](?![a-z0-9])")
_FEWEST_SINGLES = 3
# Japanese habit against harvesters: "shop★example.jp (★を@に)".
_STAND_IN = re.compile("([\u2190-\u2bff#*&+〇]) ?(?:を|は|->|=|to) ?@")
_IN_LINK = re.compile(r"//[^\s]{0,200}$")

LITERALS: frozenset[str] = frozenset(
    {
        "@",
        "©",
        "(at",
        "[at",
        "{at",
        "<at",
        "*at",
        "_at_",
        "-at-",
        "( at",
        "[ at",
        "{ at",
        "(a)",
        "[a]",
        "{a}",
    }
    | {"(ат", "[ат"}
    | _AT_WORDS
    | DOT_WORDS
    | {f" at {name}" for name in _PROVIDER_NAMES}
    | {f" ат {name}" for name in {*_PROVIDER_NAMES, *_PROVIDERS}}
    | {f"{desk} at " for desk in _DESKS}
    | {"[.", "(.", "{."}
)
"""A sign at or one of its words."""


@dataclass(frozen=True, slots=True)
class _Local:
    """The part before the sign."""

    value: str
    start: int
    is_joined: bool


def find(folded: Folded, context: Context, taken: Taken) -> Iterator[Found]:
    """Yield the e-mail addresses of a text, left to right.

    The value is lower case with the domain in ASCII; the span runs from the first
    character before the sign to the last of the domain.
    """
    text = folded.text
    if "_at_" in text or "-at-" in text:
        yield from _find_underscored(folded, context, taken)
    if " @" in text or "@ " in text:
        yield from _find_spaced(folded, context, taken)
    if "@" in text and not text.isascii():
        yield from _find_stand_in(folded, context, taken)
    floor = 0
    has_words = any(mark in text for mark in _AT_MARKS)
    for at in (_AT if has_words else _SIGN).finditer(text):
        kind = str(at.lastgroup)
        local = _local_before(folded, at.start(), floor)
        if local is None or _IN_LINK.search(text[max(0, local.start - 200) : local.start]):
            continue
        host = _domain_after(folded, at.end(), kind)
        if host is None or not _is_meant(folded, local, kind, host, context):
            continue
        found = _found(folded, local, host, context)
        if found is not None and taken.is_free(found.start, found.end):
            yield found
            floor = found.end


def _find_underscored(folded: Folded, context: Context, taken: Taken) -> Iterator[Found]:
    """Yield addresses written as one word: ``name_at_gmail_dot_com``."""
    for match in _UNDERSCORED.finditer(folded.text):
        host = resolve(folded, Chain((match.span(2), match.span(3)), ("word",)))
        local = _Local(match[1], match.start(), True)
        found = _found(folded, local, host, context) if host is not None else None
        if found is not None and taken.is_free(found.start, found.end):
            yield found


def _find_spaced(folded: Folded, context: Context, taken: Taken) -> Iterator[Found]:
    """Yield addresses whose letters were set apart: three or more stand alone."""
    for match in _SPACED.finditer(folded.text):
        if len(_SINGLE.findall(match[0])) < _FEWEST_SINGLES:
            continue
        parts = [match[number].replace(" ", "") for number in (1, 2, 3)]
        suffix = split_suffix(f"{parts[1]}.{parts[2]}")
        if suffix is None or suffix not in _SURE:
            continue
        name = f"{parts[1]}.{parts[2]}"
        host = Host(name, match.start(2), match.end(), suffix, ("spaced",), False)
        found = _found(folded, _Local(parts[0], match.start(), True), host, context)
        if found is not None and taken.is_free(found.start, found.end):
            yield found


def _find_stand_in(folded: Folded, context: Context, taken: Taken) -> Iterator[Found]:
    """Yield addresses in which the text says that another sign stands for the at."""
    text = folded.text
    told = _STAND_IN.search(text)
    if told is None:
        return
    position = text.find(told[1])
    while 0 <= position < told.start():
        local = _local_before(folded, position, 0)
        host = _domain_after(folded, position + 1, "copy")
        found = _found(folded, local, host, context) if local and host else None
        if found is not None and taken.is_free(found.start, found.end):
            yield found
        position = text.find(told[1], position + 1)


# --- reading the pieces ---------------------------------------------------------------


def _local_before(folded: Folded, end: int, floor: int) -> _Local | None:
    """Read backwards from the sign at most four pieces joined by dots in any form."""
    text = folded.text
    pieces: list[str] = []
    position = end
    while len(pieces) < 7:
        window = max(floor, position - 64)
        token = _TOKEN_BEFORE.search(text[window:position])
        if token is None:
            break
        start = window + token.start()
        pieces.append(_local_text(folded, (start, position)))
        position = start
        joint = _JOINT_BEFORE.search(text[max(floor, start - 24) : start])
        if joint is None:
            break
        if not _TOKEN_BEFORE.search(text[max(floor, start - 90) : start - len(joint[0])]):
            break
        pieces.append(_JOINTS[str(joint.lastgroup)])
        position = start - len(joint[0])
    if not pieces:
        return None
    if pieces[-1] in {".", "_", "-"}:
        pieces.pop()
    value = "".join(reversed(pieces)).strip(".")
    while position < end and text[position] in ".":
        position += 1
    return _Local(value, position, len(pieces) > 1) if value else None


def _local_text(folded: Folded, span: Span) -> str:
    """Return a piece as pasted; letters of another script in Latin words are repaired."""
    shown = folded.text[slice(*span)]
    raw = unicodedata.normalize("NFKC", raw_text(folded, span)).lower()
    raw = "".join(c for c in raw if unicodedata.category(c) != "Cf")
    if raw.isascii():
        return raw if re.fullmatch(r"[a-z0-9._%+-]+", raw) else shown
    is_latin = all(c.isascii() or unicodedata.name(c, "").startswith("LATIN") for c in raw)
    return raw if is_latin or not shown.isascii() else shown


def _domain_after(folded: Folded, start: int, kind: str) -> Host | None:
    text = folded.text
    chain = chain_at(text, start, True)
    if chain is not None:
        return _provider(folded, chain) or resolve(folded, chain)
    comma = _COMMA_DOMAIN.match(text, start)
    if comma is not None:
        value = f"{comma[1]}.{comma[2]}"
        return Host(value, start, comma.end(), comma[2], ("comma",), True)
    lone = _LONE_PROVIDER.match(text, start)
    if lone is not None and kind != "weak" and _PROVIDERS.get(lone[1], lone[1]) == "gmail":
        return Host("gmail.com", start, lone.end(), "com", ("missing",), True)
    return None


def _provider(folded: Folded, chain: Chain) -> Host | None:
    """Read a provider's name as a word: "mail" and its top-level domain in Cyrillic."""
    name = folded.text[slice(*chain.labels[0])]
    if name not in _PROVIDERS:
        return None
    top = folded.text[slice(*chain.labels[1])]
    value = f"{_PROVIDERS[name]}.{TLD_WORDS.get(top, top)}"
    suffix = split_suffix(value)
    if suffix is None:
        return None
    start, end = chain.labels[0][0], chain.labels[1][1]
    return Host(value, start, end, suffix, chain.separators[:1], True)


def _is_meant(folded: Folded, local: _Local, kind: str, host: Host, context: Context) -> bool:
    """Tell whether sign and dots belong to an address rather than to a sentence."""
    if folded.text[host.end : host.end + 1] == "@":
        return False
    if kind == "sign":
        return _is_sign_meant(folded, local, host, context)
    if local.value in _NOT_LOCAL and kind not in {"copy", "bracket"}:
        return False
    if kind == "turkish":  # elsewhere the word for "and"
        return "word" in host.separators and host.suffix in _SURE and "nokta" in folded.text
    if kind != "weak":
        return True
    market = context.marketplace
    if market is not None and market.is_official_host(host.value) and host.is_plain:
        return False  # "support at <shop>.com" is said of the shop
    if host.value in FREEMAIL or "bracket" in host.separators:
        return True
    if "word" in host.separators:  # not "room at some point so"
        return host.suffix in _SURE
    return local.value in _DESKS or (local.is_joined and not host.is_plain)


def _is_sign_meant(folded: Folded, local: _Local, host: Host, context: Context) -> bool:
    """Tell whether a sign with spaces around it is one of an address, not of a handle."""
    before, after = folded.text[: host.start].rpartition("@")[::2]
    if not before.endswith(" "):
        return not after or local.value not in _NOT_LOCAL
    if local.value in _NOT_LOCAL:
        return False
    # "see @shop.ru": a handle may hold a dot; a space on both sides is no handle.
    market = context.marketplace
    return (
        bool(after)
        or host.value in FREEMAIL
        or local.value in _DESKS
        or (market is not None and is_lookalike(host.value, market))
    )


# --- what an address is ----------------------------------------------------------------


def _found(folded: Folded, local: _Local, host: Host, context: Context) -> Found | None:
    value = f"{local.value}@{host.value}"
    try:
        checked = validate_email(
            value, check_deliverability=False, globally_deliverable=False, test_environment=True
        )
    except EmailNotValidError:
        return None
    value = f"{checked.local_part.lower()}@{host.value}"
    found = judge(Found("email", value, local.start, host.end), host, context.marketplace)
    raw = raw_text(folded, (local.start, host.end)).lower()
    if value in raw:
        return found
    return replace(found, notes=(*found.notes, Note("read-as", (("value", value),))))
