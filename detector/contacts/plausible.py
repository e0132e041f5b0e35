"""Tells whether something shaped like a host is meant as one.

"good.It was", "node.js", "3.5.de" and "polka dot shop" are not; silence counts
more than one more hit.
"""

from __future__ import annotations

import re

from detector.contacts.context import Context
from detector.contacts.hostname import TLD_WORDS, Host, alternatives, words
from detector.contacts.link_status import stands_for
from detector.fold import Folded

_WORDY = words("wordy")
_SURE = words("sure") | {"xn--p1ai"}
_PLAIN_COUNTRIES = words("plain_countries")
_FILE_ENDINGS = words("file_endings")
_NOT_HOSTS = words("not_hosts")
_NOT_LABELS = words("not_labels")
# Word-like endings that made-up shops use most.
_SHOPPING = frozenset(
    {"top", "shop", "store", "online", "site", "club", "vip", "live", "info", "click", "link"}
)
_CUES = re.compile(
    rf"(?:{alternatives(words('cues'))})[^\w\n]{{0,3}}(?: ?\w{{1,12}}[^\w\n]{{1,3}}){{0,1}}$"
)


def is_plausible(folded: Folded, host: Host, context: Context) -> bool:
    """Tell whether a bare ``word.tld`` is meant as a host, not as a sentence end or a file."""
    text = folded.text
    if host.value in _NOT_HOSTS or text[host.end : host.end + 2] in {" @", "()"}:
        return False
    if stands_for(host, context.marketplace):
        return True
    top = host.value.rpartition(".")[2]
    # "товар.com", "ürün.tr" in running text: letters that hardly any host has.
    is_foreign = host.domain.startswith("xn--") and not top.startswith("xn--")
    if is_foreign and not has_evidence(folded, host, context):
        return False
    if _ends_sentence(folded, host) or _is_number(host) or top == "onion":
        return False
    if top in _FILE_ENDINGS:
        return _has_path(text, host) or host.value.startswith("www.")
    if len(host.domain) > 1 and (top in _PLAIN_COUNTRIES or top in {"com", "net", "org"}):
        return host.domain not in _NOT_LABELS or has_evidence(folded, host, context)
    if len(top) > 2 and top not in _WORDY:
        return host.domain not in _NOT_LABELS
    if len(top) > 2 and len(host.domain) >= 6 and host.domain not in _NOT_LABELS:
        return top in _SHOPPING or has_evidence(folded, host, context)
    return has_evidence(folded, host, context)


def _ends_sentence(folded: Folded, host: Host) -> bool:
    """Tell whether a capital after the dot begins a new sentence: "good.It was"."""
    start, end = folded.span(host.start, host.end)
    before, dot, last = folded.raw[start:end].rpartition(".")
    if not dot or not last[:1].isupper() or last[1:].upper() == last[1:] != "":
        return False
    return last.lower() not in {"com", "ru"} or not before[:1].isupper()


def _is_number(host: Host) -> bool:
    """Tell whether the name below the suffix is a mere number: "3.5.de", "10.cm"."""
    if not host.domain.isdigit():
        return False
    return len(host.domain) < 3 or host.suffix not in {
        "com",
        "cn",
        "net",
        "top",
        "vip",
        "xyz",
        "cc",
    }


def _has_path(text: str, host: Host) -> bool:
    return re.match(r"(?::\d{2,5})?/[\w?#@%-]", text[host.end : host.end + 8]) is not None


def has_evidence(folded: Folded, host: Host, context: Context, cues: bool = True) -> bool:
    """Tell whether something besides the top-level domain says that this is a host."""
    text = folded.text
    domain = host.domain
    if stands_for(host, context.marketplace) or host.value.startswith("www."):
        return True
    if _has_path(text, host) and domain not in _NOT_LABELS:
        return True
    if not domain.startswith("xn--") and re.search(
        r"[a-z]-?\d|\d-?[a-z]{2}|[a-z0-9]{2}-[a-z0-9]{2}", domain
    ):
        return True
    if host.value.count(".") > host.suffix.count(".") + 1 and host.is_plain:
        labels = host.value.split(".")
        return domain not in _NOT_LABELS and all(len(label) > 1 for label in labels)
    line_start = text.rfind("\n", 0, host.start) + 1
    line_end = text.find("\n", host.end)
    line = text[line_start : line_end if line_end >= 0 else len(text)]
    if len(line.strip(" .,!")) <= host.end - host.start and domain not in _NOT_LABELS:
        return True
    return cues and _CUES.search(text[max(0, host.start - 40) : host.start]) is not None


def is_plausible_loose(folded: Folded, host: Host, context: Context) -> bool:
    """Tell whether disguised dots join a host rather than a sentence."""
    text = folded.text
    shown = text[host.start : host.end]
    if stands_for(host, context.marketplace):
        return True
    kinds = set(host.separators) - {"plain"}
    first_label = re.split(r"[^\w-]", shown, maxsplit=1)[0]
    if first_label in _NOT_LABELS or host.domain in _NOT_LABELS or _is_number(host):
        return False
    if kinds == {"bracket"}:
        return True
    if shown[0] > "\u3000":  # 有点: the word for a dot is part of other words
        return has_evidence(folded, host, context)
    top = host.value.rpartition(".")[2]
    # "bom . com certeza": in Portuguese the ending is the word for "with".
    may_be_with = "spaced" in kinds and top == "com" and context.language in {"pt", None}
    if may_be_with and re.match(r" [a-z]", text[host.end : host.end + 2]):
        return has_evidence(folded, host, context)
    if host.suffix in _SURE or (top in _SURE and host.suffix != top):
        return True
    last = re.split(r"[^\w]", shown)[-1]
    return last in TLD_WORDS or has_evidence(folded, host, context)
