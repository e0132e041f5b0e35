"""The named facts that rules may ask for, and what the text says about each.

A fact is a trick's phrase, a contact, or a trait of a contact. What the text
says about it is its *stance*: "never pay the seller directly" holds the phrase
of a trick, but forbids it. Stances act on the place they speak about, not on
the whole message, so that a warning pasted in front of a demand does not
silence it:

- ``negation`` acts in its clause, unless it is part of a trick's own phrase
  ("do not open a dispute");
- ``inside-platform`` and ``question`` act in their sentence; a quoted live
  demand ("the seller writes: …, should I?") takes the question's effect away;
- ``warning`` acts in its sentence and on its neighbours as long as these hold
  no contact;
- ``report`` acts on the whole message.

``disowned`` holds wherever ``negation``, ``warning``, ``report`` or
``question`` does: the text does not make the demand its own. So it does where
the classifier is sure that a text without contacts is ``harmless``.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cached_property

from detector.fold import Folded
from detector.fold_batch import FoldedBatch, starts_of
from detector.language import GROUPS, STANCES, TRICKS, UNKNOWN, LanguageBook
from detector.phrase import Hit, merge, sentence_starts
from detector.phrase_gate import GLUE, PhraseGate
from detector.types import Contact, Signal, Span

CONTACT_SIGNALS: dict[str, str] = {
    "phone": "a telephone number",
    "email": "an e-mail address",
    "url": "a link or host name",
    "handle": "a messenger or network handle",
    "iban": "a bank account (IBAN)",
    "card": "a payment card number",
    "wallet": "a crypto wallet",
    "pix": "a PIX key",
    "outside-contact": "any contact that is no official channel (links to other sites excepted)",
    "bare-contact": "nothing but one contact was pasted",
    "official-contact": "an official channel of the marketplace",
    "names-marketplace": "the marketplace is named",
    "leads-to-link": "a link that is not official, or the demand to follow one",
}
TRAITS: dict[str, str] = {
    "premium-phone": "a number at a premium rate",
    "shared-cost-phone": "a number whose caller shares the cost",
    "satellite-phone": "a satellite or global number",
    "foreign-phone": "a number of another country than the reader's",
    "toll-free-phone": "a number free to call",
    "premium-sms": "a short number that charges for an SMS",
    "official-domain": "an official domain",
    "affiliate-link": "an official host whose short links anybody can make",
    "group-domain": "a domain of the marketplace's group, not a support channel",
    "lookalike-domain": "a domain that imitates the marketplace",
    "short-link": "a link shortener",
    "ip-host": "a link to a bare IP address",
    "userinfo-trick": "a link with another site's name in front of an @",
    "punycode-host": "an internationalised host name",
    "foreign-link": "a link to any other site",
    "brand-email": "an address at the marketplace's own domain",
    "brand-mailbox": "a mailbox of the marketplace with its own, other purpose",
    "lookalike-email": "an address at a look-alike domain",
    "foreign-email": "an address elsewhere",
    "messenger-handle": "a messenger contact",
    "social-handle": "a social network contact",
    "group-invite": "an invitation to a group",
    "payment-account": "an account to pay to",
    "payment-link": "a link that takes payments",
}
NAMES: frozenset[str] = frozenset(TRICKS) | frozenset(CONTACT_SIGNALS) | frozenset(TRAITS)
"""What a rule's ``when`` may name; ``unless`` may name stances as well."""

_LEADING = frozenset({"foreign-link", "short-link", "lookalike-domain", "ip-host", "payment-link"})
_DISOWNING = frozenset({"negation", "warning", "report", "question"})
_NAMING_DESKS = frozenset({"claims-support", "account-problem"})
_CLAUSE_END = re.compile(r"[,;:.!?\n()\"。！？、，；：…]| - ")
_ABOUT = frozenset(GROUPS) - frozenset(TRICKS)
STANCE_NAMES: frozenset[str] = frozenset(STANCES) | {"disowned", "harmless"}
"""What a text can say about a place; a rule's ``unless`` may name these."""

_ADDRESSES = frozenset({"email", "url", "wallet", "iban"})
_OUTSIDE_KINDS = frozenset({"phone", "email", "handle", "iban", "card", "wallet", "pix"})
_LABEL = re.compile(r"[a-z\u0400-\u04ff\u0600-\u06ff\u3040-\u9fff\uac00-\ud7a3]+")
# What people leave beside a contact when they paste nothing else.
_LABELS = frozenset(
    (
        "tel phone mobile mob fax call number nr no mail email e mailto www http https id "
        "link url tlf tlfn telefon telefono telefone telephone numer nomer num numero nummer "
        "numara тел телефон номер моб почта мейл пошта رقم هاتف بريد "
        "电话 手机 邮箱 号码 전화 번호 이메일 電話 メール 番号"
    ).split()
)
_UNMISTAKABLE = 6
"""A stance of so many characters is believed in a text of another language."""
_FEWEST_GATED = 8
"""Fewer texts are read without the gate, which takes longer to compile than it spares them."""
_FAR = 400
"""A sentence longer than this many characters is cut there for the reach of a stance."""


class Reader:
    """Turns a folded text and its contacts into signals."""

    def __init__(self, languages: LanguageBook, brand_words: Iterable[str] = ()) -> None:
        self._languages = languages
        words = sorted({w for w in brand_words if w}, key=len, reverse=True)
        self._brand = re.compile("|".join(re.escape(w) for w in words)) if words else None
        contrast = sorted({w for x in languages.languages.values() for w in x.contrast})
        self._contrast = (
            re.compile(r"(?<!\w)(?:" + "|".join(re.escape(w) for w in contrast) + r")(?!\w)")
            if contrast
            else None
        )
        self._follows = {c for c, x in languages.languages.items() if x.negation_follows}

    @cached_property
    def _gate(self) -> PhraseGate:
        return self._languages.phrases.gate(TRICKS)

    def wake(self, batch: FoldedBatch) -> list[bool]:
        """Tell for each text whether the words of some trick may all be in it."""
        if len(batch.texts) < _FEWEST_GATED:
            return [True] * len(batch.texts)
        views = [folded.words for folded in batch.texts]
        return self._gate.awake(f" {GLUE.join(views)} ", starts_of(views, len(GLUE)) + 1)

    def read(
        self, folded: Folded, contacts: Sequence[Contact], language: str
    ) -> tuple[Signal, ...]:
        """Return the signals of a text; pasted offsets.

        Args:
            folded: the text.
            contacts: its contacts (pasted offsets).
            language: its language, for the order of negation.
        """
        scan = self._languages.phrases.scan(folded)
        places = _Places(folded, contacts)
        found = [h for h in scan.hits(TRICKS) if not places.is_address(h)] if scan else []
        tricks = merge(found)
        if not tricks and not contacts:
            return ()
        brand = self._brand.search(folded.text) if self._brand else None
        # A language's short stance words speak of that language only: "n", "ni", "не"
        # mean something else next door. Long ones are no coincidence, and a text in
        # no known language keeps all of them.
        hits = [
            hit
            for hit in (scan.hits(_ABOUT) if scan else ())
            if hit.language == language
            or language == UNKNOWN
            or hit.end - hit.start >= _UNMISTAKABLE
        ]
        stances = _Stances(places, hits, found, language in self._follows, self._contrast)
        signals = [
            Signal(h.group, folded.span(h.start, h.end), stances.of(h.start, h.end, h.parts))
            for h in tricks
        ]
        for contact, (start, end) in zip(contacts, places.contacts, strict=True):
            held = stances.of(start, end, ())
            where = (contact.start, contact.end)
            signals += (Signal(name, where, held) for name in contact_signals(contact))
        if len(contacts) == 1 and is_bare(folded, contacts[0], places.contacts[0]):
            signals.append(Signal("bare-contact", (contacts[0].start, contacts[0].end)))
        if brand:
            signals.append(Signal("names-marketplace", folded.span(*brand.span())))
        signals += [
            Signal("leads-to-link", s.span, s.stances)
            for s in signals
            if s.name == "click-link" or s.name in _LEADING
        ]
        return tuple(signals)

    def is_disowned(self, folded: Folded, language: str) -> bool:
        """Tell whether a text as a whole warns, reports or asks rather than demands."""
        scan = self._languages.phrases.scan(folded)
        hits = scan.hits(_ABOUT) if scan else []
        groups = {h.group for h in hits if h.language == language or language == UNKNOWN}
        if "quoted-demand" in groups:
            return False
        return bool(groups & {"warning", "report", "question"})


def as_harmless(signals: Sequence[Signal]) -> tuple[Signal, ...]:
    """Return the signals of a text that the classifier reads as harmless.

    Its wording demands nothing then: tricks get the stance ``harmless`` and are
    disowned. A contact in the text speaks for itself, so nothing changes beside one.
    """
    if any(signal.name == "outside-contact" for signal in signals):
        return tuple(signals)
    held = frozenset({"harmless", "disowned"})
    return tuple(
        replace(signal, stances=signal.stances | held) if signal.name in TRICKS else signal
        for signal in signals
    )


def has_trick(signals: Iterable[Signal]) -> bool:
    """Tell whether some trick is there that the text makes its own."""
    return any(s.name in TRICKS and "disowned" not in s.stances for s in signals)


def contact_signals(contact: Contact) -> list[str]:
    """Return the names of the facts that one contact stands for."""
    names = [contact.kind, *sorted(contact.traits)]
    if contact.status == "official":
        names.append("official-contact")
    elif contact.kind in _OUTSIDE_KINDS:
        names.append("outside-contact")
    return names


def is_bare(folded: Folded, contact: Contact, place: Span) -> bool:
    """Tell whether the text is nothing but this contact, a label in front of it aside."""
    rest = folded.words[: place[0]] + " " + folded.words[place[1] :]
    if contact.kind == "url":
        # A path or a query belongs to the pasted link.
        tail = folded.text[place[1] :].split(None, 1)
        rest = folded.words[: place[0]] + " " + (tail[1] if len(tail) > 1 else "")
        if tail and folded.text[place[1] : place[1] + 1].isspace():
            rest += " " + tail[0]
    return all(word in _LABELS for word in rest.split()) if len(rest) < 4000 else False


class _Places:
    """Sentences, clauses and contacts of a text, in folded offsets."""

    def __init__(self, folded: Folded, contacts: Sequence[Contact]) -> None:
        self.folded = folded
        self.starts = sentence_starts(folded)
        self.contacts = [
            (folded.locate(c.start), folded.locate(max(c.start, c.end - 1)) + 1) for c in contacts
        ]
        self._addresses = [
            place
            for place, contact in zip(self.contacts, contacts, strict=True)
            if contact.kind in _ADDRESSES
        ]

    def is_address(self, hit: Hit) -> bool:
        """Tell whether words of a hit are only letters of an address ("support@…")."""
        return any(s <= start and end <= e for start, end in hit.parts for s, e in self._addresses)

    def sentence(self, offset: int) -> int:
        """Return the number of the sentence that holds ``offset``."""
        return max(0, min(bisect_right(self.starts, offset) - 1, len(self.starts) - 2))

    def clause(self, start: int, end: int, contrast: re.Pattern[str] | None) -> Span:
        """Return the clause around ``start:end``: up to punctuation or a word of contrast."""
        number = self.sentence(start)
        low = max(self.starts[number], start - _FAR)
        high = min(self.starts[self.sentence(max(start, end - 1)) + 1], end + _FAR)
        text = self.folded.text
        for pattern in filter(None, (_CLAUSE_END, contrast)):
            for match in pattern.finditer(text, low, start):
                low = max(low, match.end())
            match_after = pattern.search(text, end, high)
            if match_after:
                high = match_after.start()
        return low, high


class _Stances:
    """What a text says about its places."""

    def __init__(
        self,
        places: _Places,
        hits: Sequence[Hit],
        tricks: Sequence[Hit],
        negation_follows: bool,
        contrast: re.Pattern[str] | None,
    ) -> None:
        self._places = places
        self._contrast = contrast
        self._follows = negation_follows
        by_group: dict[str, list[Hit]] = {}
        for hit in hits:
            by_group.setdefault(hit.group, []).append(hit)
        idioms = [(h.start, h.end) for h in by_group.get("not-negation", ())]
        own = [part for h in tricks for part in h.parts]
        self._negations = [
            (h.start, h.end)
            for h in by_group.get("negation", ())
            if not _inside(h, idioms) and not _inside(h, own)
        ]
        self._reported = "report" in by_group
        quoted = "quoted-demand" in by_group
        self._sentences: dict[str, set[int]] = {"inside-platform": set(), "question": set()}
        for hit in by_group.get("inside-platform", ()):
            if not self._is_negated(hit.start, hit.end):
                self._sentences["inside-platform"].add(places.sentence(hit.start))
        if not quoted:
            self._sentences["question"] = {
                places.sentence(h.start) for h in by_group.get("question", ())
            }
        # The name of a "fraud department" warns of nothing.
        desks = [part for h in tricks if h.group in _NAMING_DESKS for part in h.parts]
        warnings = [h for h in by_group.get("warning", ()) if not _inside(h, desks)]
        self._sentences["warning"] = self._warned(warnings)

    def _warned(self, hits: Iterable[Hit]) -> set[int]:
        with_contact = {self._places.sentence(start) for start, _ in self._places.contacts}
        warned: set[int] = set()
        for hit in hits:
            number = self._places.sentence(hit.start)
            warned.add(number)
            for step in (-1, 1):
                other = number + step
                while other not in with_contact and abs(other - number) <= 3:
                    warned.add(other)
                    other += step
        return warned

    def _is_negated(self, start: int, end: int) -> bool:
        if not self._negations:
            return False
        low, high = self._places.clause(start, end, self._contrast)
        limit = high if self._follows else end
        return any(low <= s and e <= limit for s, e in self._negations)

    def of(self, start: int, end: int, parts: Sequence[Span]) -> frozenset[str]:
        """Return the stances that act on a place; ``parts`` are its own words."""
        held: set[str] = set()
        if self._is_negated(start, end):
            held.add("negation")
        if self._reported:
            held.add("report")
        numbers = {self._places.sentence(start), self._places.sentence(max(start, end - 1))}
        held.update(name for name, covered in self._sentences.items() if numbers & covered)
        if held & _DISOWNING:
            held.add("disowned")
        return frozenset(held)


def _inside(hit: Hit, spans: Iterable[Span]) -> bool:
    return any(s <= hit.start and hit.end <= e for s, e in spans)
