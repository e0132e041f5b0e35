"""Character n-grams of a batch of folded texts, hashed in one go with numpy.

An n-gram is two to five characters of one word with the blank at its edges
(``char_wb`` of scikit-learn); in scripts without spaces a word is a run of
characters. The value of a bucket is its count over the square root of all n-grams
of the text, so that a score is one sum and long texts weigh no more than short ones.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from detector.fold_batch import GLUE, SPACE, Codes, FoldedBatch, codes_of, flags_of

LENGTHS = range(2, 6)
BITS = 17
_BLANK = 32
_STEP = np.uint32(0x01000193)  # the FNV-1a prime
_SPREAD = np.uint32(0x9E3779B1)  # 2^32 / golden ratio (Knuth, TAOCP 6.4)

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]


class Ngrams:
    """The hashed n-grams of a batch.

    Attributes:
        buckets: (n-grams,) bucket of each, below ``2 ** BITS``.
        texts: (n-grams,) the text each belongs to.
        begins: (n-grams,) where it begins in ``batch.joined``; may be -1 for the blank in front.
        lengths: (n-grams,) its characters.
        norms: (texts,) square root of the number of n-grams, at least 1.
    """

    def __init__(self, batch: FoldedBatch) -> None:
        count = len(batch.texts)
        codes = codes_of(f"\x00{batch.joined}\x00")
        is_blank = ((flags_of(codes) & SPACE) != 0) | (codes == 0)
        plain = np.where(is_blank, np.uint32(_BLANK), codes)
        # A character and the blank behind a text belong to it, so does the blank in front.
        owners = np.searchsorted(batch.starts, np.arange(len(codes)), side="right") - 1
        owners = np.clip(owners, 0, max(0, count - 1)).astype(np.int32)
        buckets, begins, lengths = [], [], []
        hashed = plain
        inside = np.ones(len(plain), dtype=np.bool_)
        for length in LENGTHS:
            stop = max(0, len(plain) - length + 1)
            hashed = (hashed[:stop] * _STEP) ^ plain[length - 1 :]
            if length > 2:
                inside = inside[:stop] & ~is_blank[length - 2 : length - 2 + stop]
            is_kept = inside[:stop]
            if length == 2:  # longer ones with blanks at both edges are whole words
                is_kept = ~(is_blank[:stop] & is_blank[1:])
            first = np.flatnonzero(is_kept)
            salted = hashed[first] + np.uint32(length)
            buckets.append((salted * _SPREAD) >> np.uint32(32 - BITS))
            begins.append(first)
            lengths.append(np.full(len(first), length))
        first = np.concatenate(begins)
        self.buckets: Codes = np.concatenate(buckets)
        self.begins: Ints = first - 1
        self.lengths: Ints = np.concatenate(lengths)
        self.texts = owners[first]
        self.norms = np.sqrt(np.maximum(np.bincount(self.texts, minlength=count)[:count], 1))

    def sums(self, weights: Floats) -> NDArray[np.float64]:
        """Return for each text the weights of its n-grams, summed and normed.

        Args:
            weights: (2 ** BITS,) or (2 ** BITS, classes).

        Returns:
            (texts,) or (texts, classes).
        """
        count = len(self.norms)
        pulled = weights[self.buckets]
        columns = [pulled] if weights.ndim == 1 else list(pulled.T)
        summed = [np.bincount(self.texts, column, minlength=count)[:count] for column in columns]
        normed = [np.asarray(column / self.norms) for column in summed]
        return normed[0] if weights.ndim == 1 else np.stack(normed, axis=1)


assert len(GLUE) >= 2, "an n-gram may take one blank from each side"
