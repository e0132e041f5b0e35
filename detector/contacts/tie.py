"""Ties an id, an @name or a number to the messenger named beside it."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass

from detector.contacts import tied_number
from detector.contacts.bare_id import (
    ARROW,
    LABELS,
    SPREAD_ID,
    digits_behind,
    id_behind,
    id_in_front,
    is_capital,
    is_name,
)
from detector.contacts.context import Context, Taken
from detector.contacts.handle_value import with_id, with_number
from detector.contacts.hostname import words
from detector.contacts.mention import MESSENGERS, Mention, Messenger, alternatives, grammar
from detector.fold import Folded
from detector.types import Found, Span

# Between a name and its id: signs and words that lead on to it.
_LEAD = re.compile(
    rf"(?:[ \n]?(?:{ARROW}|[*~\"'()\[\]_,./|·!「『【-]|(?:{LABELS})"
    rf"|(?:{alternatives(grammar('links'))}))){{0,9}}[ \n]?"
)
_MARK = re.compile(rf"{ARROW}|(?<![a-z0-9])(?:{LABELS})")
# Between an id and the name behind it.
_BACK = re.compile(
    r"(?:[ \n]?(?:[*~\"'()\[\],./|·:=-]"
    rf"|(?:{alternatives(grammar('backlinks') | grammar('labels'))}))){{0,8}}[ \n]?"
)
_SIGN = r"(?:(?<![\w.@/-])|(?<=[\u2e80-\uffff]))@ ?(?=[a-z0-9_])"
_AT = re.compile(_SIGN)
_SPOKEN_AT = re.compile(
    rf"(?:{alternatives(words('at_words') | {'(at)', '[at]', '(a)', '©'})}) ?(?=[a-z0-9_])"
)
# Other words may stand between when the id itself says that it is one.
_FAR_AT = re.compile(rf"[^@\n.!?:;]{{0,40}}?(?={_SIGN})")
_FAR_ID = re.compile(
    r"[^@\n]{0,40}?(?<![a-z])(?:id|아이디|ник|username|user|帐号|账号|ユーザー名) ?[:=] ?(?=[a-z])"
)
_FAR_NUMBER = re.compile(r"[^+@\n.!?;\d]{0,30}(?=\+ ?\(?\d)")
_WRITTEN = re.compile(
    r"\(?\d{2,4}[) .-]{1,2}\d{3,5}[ .-]\d{2,4}|0\d{1,3}[ -]\d{6,8}(?!\d)|\d{9,12}(?!\d)"
)
_REACH_BACK = 70


@dataclass(frozen=True, slots=True)
class Ties:
    """One text in which names of messengers look for their ids.

    Attributes:
        own: the places already claimed; it may grow between two questions.
        numbers: where telephone numbers may be, left to right.
    """

    folded: Folded
    context: Context
    own: Taken
    numbers: list[Span]

    def behind(self, group: list[Mention], limit: int) -> Found | None:
        """Return the handle whose id follows a group of names, before ``limit``."""
        text = self.folded.text
        lead = _LEAD.match(text, group[-1].end)
        start = min(lead.end() if lead else group[-1].end, limit)
        is_labelled = _MARK.search(text, group[-1].end, start) is not None
        for one in group:
            found = self._at(group, one, start, is_labelled)
            if found is not None and self.own.is_free(found.start, found.end):
                return found
        if not any(not one.is_weak or is_name(self.folded, one) for one in group):
            return None
        found = self._far_behind(group, start, limit)
        return found if found and self.own.is_free(found.start, found.end) else None

    def before(self, group: list[Mention]) -> Found | None:
        """Return the handle whose id stands in front of a group: "+86 138… (WeChat)"."""
        return self._name_before(group) or self._number_before(group) or self._id_before(group)

    # --- behind the name ---------------------------------------------------------------

    def _at(
        self, group: list[Mention], one: Mention, start: int, is_labelled: bool
    ) -> Found | None:
        """Return the handle of one named messenger whose id begins at ``start``."""
        folded, messenger = self.folded, one.messenger
        if messenger.numbers == "id":
            place = digits_behind(folded, one, start, is_labelled)
            return with_id(folded, group, messenger, place) if place else None
        found = self._at_name(group, messenger, start)
        is_tied = is_labelled or not one.is_weak or self._is_telling(one, start)
        if found is None and is_tied:
            found = self._number(group, one, start, is_labelled)
        if found is None and messenger.has_ids:
            place = id_behind(folded, one, start, is_labelled)
            found = with_id(folded, group, messenger, place) if place else None
        return found

    def _far_behind(self, group: list[Mention], start: int, limit: int) -> Found | None:
        text, first = self.folded.text, group[0]
        sign = _FAR_AT.match(text, start, min(limit + 1, start + 42))
        if sign and sign.end() < limit:
            return self._at_name(group, first.messenger, sign.end())
        label = _FAR_ID.match(text, start, min(limit, start + 60))
        if label and first.messenger.has_ids and first.messenger.numbers != "id":
            place = id_behind(self.folded, first, label.end(), True)
            if place:
                return with_id(self.folded, group, first.messenger, place)
        number = _FAR_NUMBER.match(text, start, min(limit, start + 34))
        if number and not all(one.is_weak for one in group):
            return self._number(group, first, number.end(), True)
        return None

    def _at_name(self, group: list[Mention], messenger: Messenger, start: int) -> Found | None:
        text = self.folded.text
        sign = _AT.match(text, start) or _SPOKEN_AT.match(text, start)
        name = _name_at(messenger, text, sign.end()) if sign else None
        return with_id(self.folded, group, messenger, name.span(), True) if name else None

    def _number(
        self, group: list[Mention], one: Mention, start: int, is_sure: bool
    ) -> Found | None:
        messenger = one.messenger
        if messenger.numbers not in {"only", "also"}:
            return None
        for place in self._numbers_within(start - 1, start + 20):
            if place[0] <= start + 1 < place[1]:
                phone = self._read(place, one, is_sure)
                return with_number(self.folded, group, messenger, phone) if phone else None
        return None

    def _read(self, place: Span, one: Mention, is_sure: bool) -> Found | None:
        name = self.folded.text[one.start : one.end]
        return tied_number.read(self.folded, place, one.messenger, name, self.context, is_sure)

    def _numbers_within(self, low: int, high: int) -> list[Span]:
        first = bisect_left(self.numbers, (low, 0))
        return self.numbers[first : bisect_left(self.numbers, (high, 0))]

    def _is_telling(self, one: Mention, start: int) -> bool:
        """Tell whether a number beside a doubtful name is tied to it: "zap (11) 91234-5678"."""
        text = self.folded.text
        if text[start : start + 1] == "+" or is_capital(self.folded, one):
            return True
        return is_name(self.folded, one) and bool(_WRITTEN.match(text, start))

    # --- in front of the name ----------------------------------------------------------

    def _name_before(self, group: list[Mention]) -> Found | None:
        text, start, messenger = self.folded.text, group[0].start, group[0].messenger
        for sign in _AT.finditer(text, max(0, start - _REACH_BACK), start):
            name = _name_at(messenger, text, sign.end())
            if name and name.end() <= start and _BACK.fullmatch(text, name.end(), start):
                return with_id(self.folded, group, messenger, name.span(), True)
        return None

    def _number_before(self, group: list[Mention]) -> Found | None:
        text, start = self.folded.text, group[0].start
        for one in group:
            if one.messenger.numbers not in {"only", "also"}:
                continue
            for place in self._numbers_within(start - _REACH_BACK, start):
                if place[1] > start:
                    continue
                is_plus = text[place[0]] == "+"
                is_close = start - place[1] <= 4 and is_capital(self.folded, one)
                if one.is_weak and not (is_plus or is_close):
                    continue
                if not self.own.is_free(*place) or not _BACK.fullmatch(text, place[1], start):
                    continue
                phone = self._read(place, one, False)
                if phone is not None:
                    return with_number(self.folded, group, one.messenger, phone)
        return None

    def _id_before(self, group: list[Mention]) -> Found | None:
        text, start = self.folded.text, group[0].start
        for one in group:
            if not one.messenger.has_ids or one.messenger.numbers == "id":
                continue
            for place in id_in_front(self.folded, one, max(0, start - 60), start):
                if _BACK.fullmatch(text, place[1], start):
                    return with_id(self.folded, group, one.messenger, place)
        return None


def _name_at(messenger: Messenger, text: str, start: int) -> re.Match[str] | None:
    """Match a name behind a sign @: in the messenger's shape, or in the usual one."""
    usual = MESSENGERS["telegram"].shape
    spread = SPREAD_ID.match(text, start)
    return spread or messenger.shape.match(text, start) or usual.match(text, start)
