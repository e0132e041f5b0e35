"""Links that stand for a handle or a payment: their hosts, however the dots are written."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

import ahocorasick_rs

from detector.fold import Folded


def _hosts(file: str, table: str) -> frozenset[str]:
    """Return the hosts a data file names in ``link.host`` of each entry of ``table``."""
    data = tomllib.loads(Path(__file__).with_name(file).read_text(encoding="utf-8"))
    links = [link for entry in data[table] for link in entry.get("link", [entry])]
    return frozenset(link["host"] for link in links if "host" in link)


HANDLE_HOSTS: frozenset[str] = frozenset(
    host for host in _hosts("messengers.toml", "messenger") if not host.endswith("/")
)
"""Hosts whose links with a path are left to the finder of handles (sub-domains too)."""
PAYMENT_HOSTS: frozenset[str] = frozenset(
    {"paypal.me", "revolut.me", "cash.app", "venmo.com", "qr.nspk.ru", "yoomoney.ru"}
)
"""Hosts of payment links only. Hosts with other pages are claimed link by link, before links."""

# A dot as people hide it; the same one is used throughout a host.
_DOTS = (
    ".", " ", " . ", ". ", " .", "·", ",", "。", "%2e", "\\.",
    "[.]", "(.)", "{.}", "<.>", " [.] ", " (.) ", "[ . ]", "( . )", "[,]", "(,)",
    " dot ", "[dot]", "(dot)", "{dot}", " [dot] ", " (dot) ", "-dot-", "_dot_",
    " точка ", "(точка)", "[точка]", " крапка ", " kropka ", "(kropka)", "[kropka]",
    " punto ", "(punto)", "[punto]", " ponto ", "(ponto)", "[ponto]", " point ", "(point)",
    " punkt ", "(punkt)", "[punkt]", " punt ", " nokta ", "(nokta)", "点", " 点 ", "(点)",
    "ドット", " ドット ", "점", " 점 ", "닷", " نقطه ", "(نقطه)", " دوت ",
)  # fmt: skip
# What may stand in front of a host: a scheme and the sub-domains of the same site.
_LEAD = re.compile(
    r"(?:h(?:tt|xx)ps? ?: ?/ ?/ ?|//)?((?:www|m|web|mobile|mbasic|touch|[a-z]{2}-[a-z]{2})\.)?$"
)
_SLASH_WORDS = (" slash ", " слеш ", " слэш ", " barra ", " schragstrich ", " ukosnik ", " 斜杠 ")
_SLASH = rf"[/\\]|{'|'.join(_SLASH_WORDS)}"
_TAIL = re.compile(rf"(?::\d{{2,5}})? ?(?:{_SLASH}) ?[a-z0-9_.~:/?#@!$&*+,;=%\\-]{{1,300}}")
_ANY_SLASH = re.compile(_SLASH)
_CLOSING = ".,;:!?*~-'\\"


def has_slash(text: str) -> bool:
    """Tell cheaply whether a folded text may hold a link with a path."""
    if "/" in text or "\\" in text:
        return True
    # A plain loop: half the cost of any(), a quarter of that of a pattern.
    for word in _SLASH_WORDS:  # noqa: SIM110
        if word in text:
            return True
    return False


@dataclass(frozen=True, slots=True)
class Link:
    """A link to one of the wanted hosts.

    Attributes:
        host: as it is named in the data.
        site: the host with the sub-domain it was written with ("www.…").
        path: what follows the host's slash, percent signs resolved, folded.
        start, end: span in the folded text, scheme included.
        is_plain: the host is written with ordinary dots.
    """

    host: str
    site: str
    path: str
    start: int
    end: int
    is_plain: bool


class HostIndex:
    """Finds links to given hosts in one pass.

    Attributes:
        literals: folded substrings, one of which is in every text with such a link.
    """

    def __init__(self, hosts: Iterable[str]) -> None:
        spelled = {
            host.replace(".", dot): (host, dot)
            for host in sorted(hosts)
            for dot in (_DOTS if "." in host else (".",))
        }
        self.literals = frozenset(spelled)
        self._spelled: list[tuple[str, str]] = list(spelled.values())
        self._finder = ahocorasick_rs.AhoCorasick(list(spelled))

    def links(self, folded: Folded) -> Iterator[Link]:
        """Yield the links with a path, left to right."""
        text = folded.text
        if not has_slash(text):
            return
        for index, start, end in self._finder.find_matches_as_indexes(text, overlapping=True):
            host, dot = self._spelled[index]
            if dot == " " and text[end : end + 1] != "/":
                continue
            lead = _LEAD.search(text[max(0, start - 24) : start])
            first = start - len(lead[0]) if lead else start
            site = ((lead[1] or "") if lead else "") + host
            before = text[first - 1 : first]
            if before and (before in ".@-_/" or "a" <= before <= "z" or before.isdigit()):
                continue
            # An application's own scheme ("tg:/") brings its slash along.
            tail = _TAIL.match(text, end)
            if tail is None:
                continue
            shown = tail[0].rstrip(_CLOSING)
            path = unquote(_ANY_SLASH.split(shown, maxsplit=1)[1]).replace("\\", "/")
            yield Link(host, site, path.strip(), first, end + len(shown), dot == ".")
