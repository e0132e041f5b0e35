"""Reads rows of number words as the digits they stand for.

"sechs null eins" is 601, "сто двадцать три" 123, "quatre-vingt-dix" 90,
"double seven" 77. What is read here is only a string of digits; whether it is a
telephone number is for others to say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from detector.contacts.number_words import ANY_LANGUAGE, LANGUAGES, Reading

_UNIT_FIRST = sum(1 << LANGUAGES.index(code) for code in ("de", "nl", "ar"))
_FRENCH = 1 << LANGUAGES.index("fr")
_ARABIC = 1 << LANGUAGES.index("ar")
# Signs that may stand inside one number: "twenty-five", "vingt et un".
_TIGHT = frozenset({"", " ", "-", "- ", " -", " - "})


@dataclass(frozen=True, slots=True)
class Item:
    """A word or a group of digits in a text; ``gap`` is what stands in front of it."""

    start: int
    end: int
    gap: str
    readings: tuple[Reading, ...] = ()
    digits: str = ""


class Spelled(NamedTuple):
    """Digits that a row of items stands for; ``taken`` items were read."""

    digits: str
    taken: int
    languages: int


def spell(items: Sequence[Item], index: int, languages: int) -> Spelled | None:
    """Read the number that begins at ``items[index]``.

    Args:
        items: words and digits in the order of the text.
        index: where to begin.
        languages: mask of the languages the words before have left possible.

    Returns:
        Its digits, how many items they took (fillers are read as no digits), and the
        languages still possible; None when no number begins here.
    """
    return _Speller(items, languages).read(index)


class _Speller:
    """Reads one number; keeps the mask of languages that all its words share."""

    def __init__(self, items: Sequence[Item], languages: int) -> None:
        self._items = items
        self._languages = languages

    def _get(self, index: int, *roles: str, tight: bool = True) -> Reading | None:
        """Return the reading of an item in one of the roles, if its languages fit."""
        if index >= len(self._items):
            return None
        item = self._items[index]
        if tight and item.gap not in _TIGHT:
            return None
        for reading in item.readings:
            if reading.role in roles and reading.languages & self._languages:
                return reading
        return None

    def _keep(self, *readings: Reading | None) -> None:
        for reading in readings:
            if reading is not None:
                self._languages &= reading.languages

    def _spelled(self, digits: str, taken: int) -> Spelled:
        return Spelled(digits, taken, self._languages)

    def read(self, index: int) -> Spelled | None:
        item = self._items[index]
        if item.digits:
            return self._repeated_digit(index) or self._spelled(item.digits, 1)
        repeat = self._get(index, "repeat", tight=False)
        if repeat:
            return self._repeated(index, repeat)
        count = self._get(index, "digit", tight=False)
        if count and count.value in (2, 3):
            many = self._counted(index, count)
            if many:
                return many
        number = self._number(index)
        if number:
            return number
        filler = self._get(index, "filler", "joins", tight=False)
        if filler:
            self._keep(filler)
            return self._spelled("", 1)
        return None

    def _repeated_digit(self, index: int) -> Spelled | None:
        """Read "2 times 7" and "3 нуля" whose count is a digit."""
        if self._items[index].digits not in {"2", "3"}:
            return None
        return self._counted(index, Reading("digit", int(self._items[index].digits), ANY_LANGUAGE))

    def _counted(self, index: int, count: Reading) -> Spelled | None:
        zeros = self._get(index + 1, "zeros")
        if zeros:
            self._keep(count, zeros)
            return self._spelled("0" * count.value, 2)
        times = self._get(index + 1, "times")
        if times:
            self._keep(times)
            more = self._repeated(index + 1, Reading("repeat", count.value, count.languages))
            return more and more._replace(taken=more.taken + 1)
        return None

    def _repeated(self, index: int, repeat: Reading) -> Spelled | None:
        """Read "double 7", "doble siete", "double zeros"."""
        if index + 1 >= len(self._items):
            return None
        item = self._items[index + 1]
        if item.digits and item.gap in _TIGHT:
            self._keep(repeat)
            first = item.digits[0] * repeat.value + item.digits[1:]
            return self._spelled(first, 2)
        digit = self._get(index + 1, "digit", "zeros")
        if digit is None:
            return None
        self._keep(repeat, digit)
        return self._spelled(str(digit.value) * repeat.value, 2)

    def _number(self, index: int) -> Spelled | None:
        """Read a number up to 999."""
        first = self._get(index, "digit", tight=False)
        hundred = self._get(index + 1, "hundred") if first and first.value else None
        direct = None if hundred else self._get(index, "hundreds", "hundred", tight=False)
        if not hundred and not direct:
            return self._below_hundred(index, tight=False)
        self._keep(first if hundred else None, hundred, direct)
        value = (first.value if first else 1) * 100 if hundred else direct.value if direct else 0
        taken = 2 if hundred else 1
        joint = self._get(index + taken, "joins")
        for skip in (1, 0) if joint else (0,):
            rest = self._below_hundred(index + taken + skip, tight=True)
            # "сто ноль" are two numbers.
            if rest and rest.digits != "0":
                return self._spelled(str(value + int(rest.digits)), taken + skip + rest.taken)
        return self._spelled(str(value), taken)

    def _below_hundred(self, index: int, tight: bool) -> Spelled | None:
        first = self._get(index, "digit", "teen", "ten", tight=tight)
        if first is None:
            return None
        if first.role == "ten":
            return self._tens(index, first)
        self._keep(first)
        if first.role == "digit" and first.value:
            compound = self._unit_first(index, first)
            if compound:
                return compound
        if first.value == 10 and self._languages & _FRENCH:
            unit = self._get(index + 1, "digit")
            if unit and unit.value >= 7 and unit.languages & _FRENCH:  # dix-sept
                self._keep(unit)
                return self._spelled(str(10 + unit.value), 2)
        return self._spelled(str(first.value), 1)

    def _unit_first(self, index: int, unit: Reading) -> Spelled | None:
        """Read "fünf und zwanzig", "خمسة وعشرون", and the four twenties of French."""
        ten = self._get(index + 1, "ten")
        if unit.value == 4 and ten and ten.value == 20 and self._languages & _FRENCH:
            self._keep(ten)
            return self._after_score(index + 2, 80, 2)
        if not self._languages & _UNIT_FIRST:
            return None
        teen = self._get(index + 1, "teen")
        if teen and teen.value == 10 and self._languages & teen.languages & _ARABIC:
            self._keep(teen)
            return self._spelled(str(10 + unit.value), 2)
        joint = self._get(index + 1, "joins")
        ten = self._get(index + 2, "ten") if joint else None
        if joint and ten and joint.languages & ten.languages & self._languages & _UNIT_FIRST:
            self._keep(joint, ten)
            return self._spelled(str(ten.value + unit.value), 3)
        return None

    def _tens(self, index: int, ten: Reading) -> Spelled:
        self._keep(ten)
        if ten.value in {60, 20} and self._languages & _FRENCH:
            return self._after_score(index + 1, ten.value, 1)
        joint = self._get(index + 1, "joins")
        for skip in (1, 0) if joint else (0,):
            unit = self._get(index + 1 + skip, "digit")
            if unit and unit.value:
                self._keep(joint if skip else None, unit)
                return self._spelled(str(ten.value + unit.value), 2 + skip)
        return self._spelled(str(ten.value), 1)

    def _after_score(self, index: int, score: int, taken: int) -> Spelled:
        """Read what French adds to 20, 60 and 80: "soixante et onze", "quatre-vingt-dix-sept"."""
        joint = self._get(index, "joins")
        for skip in (1, 0) if joint else (0,):
            rest = self._get(index + skip, "digit", "teen")
            if rest is None or not rest.value or (rest.role == "teen" and score == 20):
                continue
            self._keep(joint if skip else None, rest)
            unit = self._get(index + skip + 1, "digit") if rest.value == 10 else None
            if unit and unit.value >= 7:
                self._keep(unit)
                return self._spelled(str(score + 10 + unit.value), taken + skip + 2)
            return self._spelled(str(score + rest.value), taken + skip + 1)
        return self._spelled(str(score), taken)
