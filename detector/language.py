"""Reads languages/: one file a language with its phrases of each trick, and tells languages apart.

A file holds ``language``, ``name``, ``function_words`` and ``letters`` (to
recognise the language), ``negation_follows``, ``[words]`` (lists that phrases
name as ``<name>``) and ``[groups.NAME]`` with ``phrases``, ``hits`` (texts that
prove the group) and ``misses``.
"""

from __future__ import annotations

import re
import struct
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from importlib.resources.abc import Traversable

from detector.errors import DataError
from detector.fold import Folded, Vocabulary, fold
from detector.fold_batch import ARABIC, CYRILLIC, HAN, HANGUL, KANA, LATIN, FoldedBatch
from detector.phrase import PhraseBook, PhraseError

TRICKS: dict[str, str] = {
    # money outside the platform
    "pay-direct": "asks or offers to pay the seller directly, outside the checkout",
    "refund-direct": "promises a refund outside the order, or asks for an account to send it to",
    "extra-fee": "asks for a further payment after the order (shipping, customs, tax)",
    "buy-elsewhere": "sends the buyer to another shop, site or app to buy there",
    "gift-card": "asks to buy gift cards, vouchers or top-ups and to send their codes",
    "crypto-payment": "asks to pay in crypto-currency or to a wallet",
    # leaving the chat
    "move-to-messenger": "wants to go on in a messenger, by phone or by e-mail",
    "asks-contact": "asks for the reader's number, messenger or e-mail",
    "leave-chat": "wants to talk elsewhere without naming where, or says the chat is watched",
    # pressure
    "close-dispute": "asks to close, cancel, withdraw or not to open a dispute",
    "confirm-early": "asks to confirm receipt now or before the parcel came",
    "lie-in-dispute": "asks to tell the platform something untrue",
    "review-for-gift": "offers money or a gift for stars or for changing a review",
    "threat": "threatens over a review or a dispute",
    "drop-claim": "offers a small refund or goods for dropping the claim",
    "fake-tracking": "explains away a tracking that shows another place or buyer",
    # posing as somebody
    "claims-support": "says it is the marketplace's support, security or dispute department",
    "account-problem": "says the account, shop, order or refund has a problem to be verified",
    "call-us": "asks to call a number, hotline or call centre",
    # secrets
    "asks-code": "asks for a code that came by SMS, app or mail",
    "asks-password": "asks for a password, login, identity document or seed phrase",
    "asks-card": "asks for card number, expiry date, CVV or PIN",
    "remote-control": "asks to install or open a remote-control or screen-sharing app",
    "safe-account": "asks to move money to a safe or reserve account",
    # parcels
    "parcel-held": "says a parcel is held, cannot be delivered, or its address is incomplete",
    "parcel-fee": "asks for a small fee, duty or postage for a parcel",
    "click-link": "asks to follow a link, open a site or scan a code",
    "brushing": "speaks of a parcel nobody ordered, with a code to scan",
    # lures
    "job-offer": "offers paid tasks, likes, reviews or easy work from home",
    "task-deposit": "asks to top up or deposit so that tasks or earnings are unlocked",
    "investment": "promises returns on an investment, trading or mining",
    "prize": "says the reader won or may claim a prize, voucher or mystery box",
    "loan-drop": "offers an advance loan, or pay for lending an account, card or address",
    "callback": "asks to ring back a missed call or to send an SMS to a short number",
}
STANCES: dict[str, str] = {
    "negation": "never, do not, we do not ask: turns the trick into its opposite",
    "warning": "beware, scammers ask, never give: the text warns",
    "report": "I refused, I reported, I was cheated: a tale that is over",
    "question": "is it normal, is there, may sellers: asked in general",
    "quoted-demand": "the seller writes, I got this message: a live demand is quoted",
    "inside-platform": "through the platform, at the checkout, to the original card",
}
# Idioms with a word of negation that forbid nothing ("don't worry").
_HELPERS = {"not-negation": "idioms with a negation that forbid nothing"}
GROUPS: dict[str, str] = {**TRICKS, **STANCES, **_HELPERS}

_KEYS = {
    "language", "name", "function_words", "letters", "negation_follows", "words", "groups",
}  # fmt: skip
_GROUP_KEYS = {"phrases", "hits", "misses"}
UNKNOWN = "und"
"""ISO 639 code for a text whose language cannot be told (a bare number)."""


@dataclass(frozen=True, slots=True)
class Group:
    """The phrases of one trick in one language, with the texts that prove them."""

    name: str
    phrases: tuple[str, ...]
    hits: tuple[str, ...]
    misses: tuple[str, ...]


@dataclass(frozen=True)
class Language:
    """One language file.

    Attributes:
        code: ISO 639-1.
        negation_follows: whether a negation may stand behind what it negates.
        function_words: folded words that only this language or few others use.
        letters: letters (lower case, not folded) that point to this language.
    """

    code: str
    name: str
    negation_follows: bool
    function_words: frozenset[str]
    letters: frozenset[str]
    words: Mapping[str, tuple[str, ...]]
    groups: Mapping[str, Group]
    contrast: tuple[str, ...]
    """Words that end the reach of a negation ("but"); from ``words.contrast``."""


def _strings(file: str, key: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(x, str) and x for x in value):
        raise DataError(file, key, "write a list of texts, none of them empty")
    return tuple(value)


def _read_group(file: str, name: str, table: object) -> Group:
    key = f"groups.{name}"
    if name not in GROUPS:
        raise DataError(file, key, f"no such group; use one of {', '.join(sorted(GROUPS))}")
    if not isinstance(table, dict):
        raise DataError(file, key, "write a table with phrases and hits")
    for surplus in set(table) - _GROUP_KEYS:
        raise DataError(file, f"{key}.{surplus}", "unknown key; use phrases, hits, misses")
    group = Group(
        name,
        _strings(file, f"{key}.phrases", table.get("phrases", [])),
        _strings(file, f"{key}.hits", table.get("hits", [])),
        _strings(file, f"{key}.misses", table.get("misses", [])),
    )
    if not group.phrases or not group.hits:
        raise DataError(file, key, "write at least one phrase and one text under hits")
    return group


def read_language(source: Traversable) -> Language:
    """Read one language file strictly.

    Raises:
        DataError: names the file, the key and the cure.
    """
    file = source.name
    try:
        table = tomllib.loads(source.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DataError(file, "file", f"not valid TOML in UTF-8 ({error})") from error
    for surplus in set(table) - _KEYS:
        raise DataError(file, surplus, f"unknown key; use {', '.join(sorted(_KEYS))}")
    for missing in _KEYS - {"negation_follows"} - set(table):
        raise DataError(file, missing, "missing; add it")
    words = {name: _strings(file, f"words.{name}", value) for name, value in table["words"].items()}
    groups = {name: _read_group(file, name, value) for name, value in table["groups"].items()}
    for missing in sorted(set(GROUPS) - set(groups)):
        raise DataError(file, f"groups.{missing}", "missing; add the group")
    return Language(
        code=table["language"],
        name=table["name"],
        negation_follows=bool(table.get("negation_follows", False)),
        function_words=frozenset(
            fold(word).text for word in _strings(file, "function_words", table["function_words"])
        ),
        letters=frozenset(table["letters"]),
        words=words,
        groups=groups,
        contrast=words.get("contrast", ()),
    )


_CYRILLIC = re.compile("[\u0400-\u04ff]")
_SCRIPTS = (("ko", HANGUL), ("ja", KANA), ("zh", HAN), ("ar", ARABIC))
# What folded Russian and Ukrainian write that the other never does (the rest is shared).
_ONLY_RU = "ыэъ"
_ONLY_UK = "ієґ"
# Votes in units of a sixtieth, so that a word shared by two to six languages divides well.
_FIELD = 32
_WORD_VOTE = 60
_LETTER_VOTE = 48
_HINT_VOTE = 30
_LATIN = re.compile("[a-z]")


class LanguageBook:
    """All languages: their phrases compiled, and the means to tell them apart."""

    def __init__(self, languages: Iterable[Language]) -> None:
        self.languages = {language.code: language for language in languages}
        self.phrases = PhraseBook()
        for language in self.languages.values():
            self._add(language)
        self.phrases.compile()
        self._codes = list(self.languages)
        self._letters = [language.letters for language in self.languages.values()]
        self._any_letter = frozenset().union(*self._letters)
        self._ballot = struct.Struct(f"<{len(self._codes)}I")
        voters: dict[str, list[int]] = {}
        for index, language in enumerate(self.languages.values()):
            for word in language.function_words:
                voters.setdefault(word, []).append(index)
        self._votes = {
            word: sum(_WORD_VOTE // len(indexes) << index * _FIELD for index in indexes)
            for word, indexes in voters.items()
        }

    @classmethod
    def load(cls) -> LanguageBook:
        """Read every file of the package's ``languages`` folder."""
        folder = files("detector") / "languages"
        sources = sorted(
            (f for f in folder.iterdir() if f.name.endswith(".toml")), key=lambda f: f.name
        )
        return cls(read_language(source) for source in sources)

    def _add(self, language: Language) -> None:
        for group in language.groups.values():
            for phrase in group.phrases:
                try:
                    self.phrases.add(group.name, language.code, phrase, language.words)
                except PhraseError as error:
                    raise DataError(
                        f"{language.code}.toml", f"groups.{group.name}.phrases", str(error)
                    ) from error

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The words of all phrases, for reading leet spellings."""
        words: set[str] = set()
        stems: set[str] = set()
        for literal in self.phrases.literals:
            whole = literal.strip().split(" ")
            words.update(w for w in whole if len(w) >= 4)
            if not literal.endswith(" ") and literal.startswith(" ") and len(whole[-1]) >= 4:
                stems.add(whole[-1])
        return Vocabulary(frozenset(words), tuple(sorted(stems)))

    def identify(self, batch: FoldedBatch, hints: Sequence[str | None]) -> list[str]:
        """Tell the language of each text; its hint decides where the text does not.

        Returns:
            ISO 639-1 codes, or ``"und"``.
        """
        return [
            self._of_script(folded, scripts, hint)
            for folded, scripts, hint in zip(batch.texts, batch.scripts, hints, strict=True)
        ]

    def _of_script(self, folded: Folded, scripts: int, hint: str | None) -> str:
        for code, bit in _SCRIPTS:
            if scripts & bit:
                return code
        if scripts & CYRILLIC:
            return self._identify_cyrillic(folded, scripts, hint)
        return self._vote(folded, hint)

    def _identify_cyrillic(self, folded: Folded, scripts: int, hint: str | None) -> str:
        text = folded.text
        if scripts & LATIN and len(_CYRILLIC.findall(text)) * 2 < len(_LATIN.findall(text)):
            return self._vote(folded, hint)
        russian = sum(map(text.count, _ONLY_RU))
        ukrainian = sum(map(text.count, _ONLY_UK))
        if russian != ukrainian:
            return "ru" if russian > ukrainian else "uk"
        voted = self._vote(folded, hint)
        return voted if voted in {"ru", "uk"} else "ru"

    def _vote(self, folded: Folded, hint: str | None) -> str:
        # Each language has its own field in one large number, so that the votes of a
        # word for several languages are one addition.
        total = sum(filter(None, map(self._votes.get, folded.words[:2000].split())))
        if not folded.raw.isascii():
            present = self._any_letter.intersection(folded.raw[:2000].lower())
            for index, letters in enumerate(self._letters if present else ()):
                total += len(present & letters) * _LETTER_VOTE << index * _FIELD
        if hint in self._codes:
            total += _HINT_VOTE << self._codes.index(hint) * _FIELD
        if not total:
            return UNKNOWN
        votes = self._ballot.unpack(total.to_bytes(self._ballot.size, "little"))
        return self._codes[votes.index(max(votes))]
