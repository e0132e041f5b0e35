"""Tells whether one word is another with a slip of the hand."""

from __future__ import annotations

from itertools import pairwise

# Neighbours on QWERTY/QWERTZ/AZERTY rows.
_ROWS = ("1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertz", "azerty", "yxcvbnm")
_AROUND = (("q", "12wa"), ("w", "23qase"), ("e", "34wsdr"), ("r", "45edft"), ("t", "56rfgy"),
                 ("y", "67tghu"), ("u", "78yhji"), ("i", "89ujko"), ("o", "90iklp"), ("p", "0ol"),
                 ("a", "qwszx"), ("s", "weadzx"), ("d", "ersfxc"), ("f", "rtdgcv"), ("g", "tyfhvb"),
                 ("h", "yugjbn"), ("j", "uihknm"), ("k", "iojlm"), ("l", "opk"), ("z", "asx"),
                 ("x", "sdzc"), ("c", "dfxv"), ("v", "fgcb"), ("b", "ghvn"), ("n", "hjbm"),
                 ("m", "jkn"))  # fmt: skip
_SAME_SOUND = frozenset({"cs", "sz", "iy", "ie", "ck", "lr", "il", "qk", "vw", "ea"})


def _neighbours() -> frozenset[str]:
    pairs = {a + b for row in _ROWS for a, b in pairwise(row)}
    pairs |= {a + b for a, others in _AROUND for b in others}
    return frozenset(pairs | {pair[::-1] for pair in pairs} | _SAME_SOUND)


_CLOSE = frozenset(_neighbours() | {pair[::-1] for pair in _SAME_SOUND})


def has_double(half: str, head: str) -> bool:
    """Tell whether ``half`` is ``head`` with one letter doubled."""
    return any(half == head[:i] + head[i] + head[i:] for i in range(len(head)))


def is_one_slip(word: str, whole: str) -> bool:
    """Tell whether one slip of the hand leads from ``whole`` to ``word``."""
    start = 0
    while start < min(len(word), len(whole)) and word[start] == whole[start]:
        start += 1
    got, meant = word[start:], whole[start:]
    if len(word) == len(whole) - 1:  # dropped
        return got == meant[1:]
    if len(word) == len(whole) + 1:  # doubled, or a neighbour hit as well
        if got[1:] != meant:
            return False
        around = word[start - 1 : start] + got[1:2]
        return any(got[0] == c or got[0] + c in _CLOSE for c in around)
    if len(word) != len(whole):
        return False
    if got[2:] == meant[2:] and got[:2] == meant[1::-1]:  # swapped
        return True
    return got[1:] == meant[1:] and got[0] + meant[0] in _CLOSE


def distance(a: str, b: str) -> int:
    """Return the optimal string alignment distance (a swap of neighbours costs one)."""
    before: list[int] = []
    previous = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        current = [i]
        for j, y in enumerate(b, 1):
            cost = min(previous[j] + 1, current[j - 1] + 1, previous[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, before[j - 2] + 1)
            current.append(cost)
        before, previous = previous, current
    return previous[-1]
