"""Weights in, probabilities of the intents out. No training here.

Two linear models lie in one file. The *quick* one reads n-grams and facts and
tells only how likely a message is not clear; the *full* one reads the embedding
as well and tells the intent. In a file of messages the full one is asked only
where the quick one is not sure that a message is clear.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from importlib.resources import files
from importlib.resources.abc import Traversable
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detector.decide import decide_model
from detector.errors import DataError
from detector.features import DIMENSIONS, FACTS, embed, facts, readable
from detector.fold_batch import FoldedBatch
from detector.intent import CLEAR
from detector.ngram import BITS, Ngrams
from detector.signal import has_trick
from detector.types import Finding, Level, Scores, Signal, Span

Floats = NDArray[np.float32]
SHAPES: dict[str, tuple[int, ...]] = {
    "quick_ngrams": (1 << BITS,),
    "quick_facts": (len(FACTS),),
    "quick_bias": (),
    "ngrams": (1 << BITS, -1),
    "embedding": (DIMENSIONS, -1),
    "facts": (len(FACTS), -1),
    "bias": (-1,),
    "example_vectors": (-1, DIMENSIONS),
}
"""Arrays of ``weights.npz``; -1 stands for the intents, or the number of examples."""
_MOST_SPANS = 5
_VECTOR_SCALE = 127.0 * 4


@dataclass(frozen=True, slots=True)
class Recipe:
    """What was decided when the model was trained.

    Attributes:
        intents: order of the columns.
        slope, offset: of the logistic that calibrates the log-odds (Platt 1999).
        near: quick log-odds above which the full model is asked.
        near_flagged: the same for texts that the rules have flagged, where it could only tell
            fraud.
        harmless: calibrated probability of not being clear below which wording is harmless.
        suspicious: calibrated probability of not being clear above which a message is one.
        grave: probability of the intents graver than suspicious for their own verdict.
        beside: probability of the fraudulent intents together that is enough beside a rule.
        risk_slope, risk_offsets: of the logistic that tells the risk from the log-odds and the
            level that the rules reached (one offset a level).
        quick_risk_slope, quick_risk_offsets: the same for the log-odds of the quick model.
        examples: texts of the labelled messages beside ``example_vectors``.
    """

    intents: tuple[str, ...]
    slope: float
    offset: float
    near: float
    near_flagged: float
    harmless: float
    suspicious: float
    grave: float
    beside: float
    risk_slope: float
    risk_offsets: tuple[float, ...]
    quick_risk_slope: float
    quick_risk_offsets: tuple[float, ...]
    examples: tuple[str, ...]


class Model:
    """The classifier, read only."""

    def __init__(self, recipe: Recipe, arrays: dict[str, NDArray[Any]], hashed: str) -> None:
        self.recipe = recipe
        self.hash = hashed
        self.arrays = arrays
        self._least = min(recipe.suspicious, recipe.grave, recipe.beside)
        self._clear = recipe.intents.index(CLEAR)
        self._quick: Floats = arrays["quick_ngrams"].astype(np.float32)

    @classmethod
    def load(cls, folder: Traversable | None = None) -> Model | None:
        """Read the weights of the package; None when it has none.

        Raises:
            DataError: the files do not fit this program.
        """
        folder = _own_folder() if folder is None else folder
        weights, recipe_file = folder / "weights.npz", folder / "recipe.json"
        if not weights.is_file() or not recipe_file.is_file():
            return None
        content, described = weights.read_bytes(), recipe_file.read_bytes()
        with np.load(BytesIO(content), allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        table = json.loads(described)["model"]
        chosen: dict[str, Any] = {}
        for name, value in table.items():
            chosen[name] = tuple(value) if isinstance(value, list) else value
        wanted = {field.name for field in fields(Recipe)}
        if set(chosen) != wanted:
            name = min(wanted ^ set(chosen))
            raise DataError(
                recipe_file.name, name, "does not fit this version; run scamcheck train"
            )
        recipe = Recipe(**chosen)
        for name, shape in SHAPES.items():
            if name not in arrays or any(
                wanted not in {-1, got}
                for wanted, got in zip(shape, arrays[name].shape, strict=False)
            ):
                raise DataError(
                    weights.name, name, "does not fit this version; run scamcheck train"
                )
        return cls(recipe, arrays, _hash(content, described))

    @cached_property
    def _full(self) -> tuple[Floats, Floats, Floats, Floats]:
        names = ("ngrams", "embedding", "facts", "bias")
        ngrams, embedding, fact, bias = (self.arrays[n].astype(np.float32) for n in names)
        return ngrams, embedding, fact, bias

    def score(
        self,
        batch: FoldedBatch,
        signals: Sequence[Sequence[Signal]],
        levels: Sequence[Level | None],
    ) -> tuple[dict[int, Scores], list[float]]:
        """Return the scores of the texts that may reach a threshold, by their place.

        That is where the quick model is not sure, and where the wording of a trick might
        prove harmless. A single text is always computed whole.

        Args:
            batch: the texts.
            signals: their named facts.
            levels: what the rules say, or None where the scores could not change it.

        Returns:
            The scores, and of every text the log-odds of the quick model.
        """
        odds = self.quick(Ngrams(batch), signals)
        if len(batch.texts) == 1:
            return dict(enumerate(self.judge(batch, signals))), odds.tolist()
        chosen = self._chosen(odds, signals, levels)
        if not chosen:
            return {}, odds.tolist()
        part = FoldedBatch([batch.texts[i] for i in chosen], [batch.is_plain[i] for i in chosen])
        scores = self.judge(part, [signals[i] for i in chosen])
        return dict(zip(chosen, scores, strict=True)), odds.tolist()

    def chosen(
        self,
        batch: FoldedBatch,
        signals: Sequence[Sequence[Signal]],
        levels: Sequence[Level | None],
    ) -> list[int]:
        """Return the texts of a batch that the full model reads."""
        return self._chosen(self.quick(Ngrams(batch), signals), signals, levels)

    def _chosen(
        self,
        odds: NDArray[np.float64],
        signals: Sequence[Sequence[Signal]],
        levels: Sequence[Level | None],
    ) -> list[int]:
        least = (self.recipe.near, self.recipe.near_flagged)
        return [
            i
            for i, (level, seen) in enumerate(zip(levels, signals, strict=True))
            if level is not None
            and (odds[i] >= least[level >= Level.SUSPICIOUS] or has_trick(seen))
        ]

    def quick(self, ngrams: Ngrams, signals: Sequence[Sequence[Signal]]) -> NDArray[np.float64]:
        """Return for each text the log-odds of not being clear, as the quick model sees it."""
        odds: NDArray[np.float64] = ngrams.sums(self._quick) + self.arrays["quick_bias"]
        told = [index for index, seen in enumerate(signals) if seen]
        if told:
            seen = facts([signals[index] for index in told])
            odds[told] += seen @ self.arrays["quick_facts"]
        return odds

    def logits(
        self,
        ngrams: Ngrams,
        embedding: Floats,
        signals: Sequence[Sequence[Signal]],
    ) -> NDArray[np.float64]:
        """Return the raw scores of each intent, (texts, intents)."""
        by_ngram, by_embedding, by_fact, bias = self._full
        return np.asarray(
            ngrams.sums(by_ngram) + embedding @ by_embedding + facts(signals) @ by_fact + bias
        )

    def probabilities(self, logits: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return calibrated probabilities of each intent, rows summing to one."""
        plain = softmax(logits)
        clear = np.clip(plain[:, self._clear], 1e-9, 1 - 1e-9)
        odds = np.log(1 - clear) - np.log(clear)
        unclear = 1 / (1 + np.exp(-(self.recipe.slope * odds + self.recipe.offset)))
        scaled = plain / (1 - clear)[:, None] * unclear[:, None]
        scaled[:, self._clear] = 1 - unclear
        return np.asarray(scaled)

    def judge(self, batch: FoldedBatch, signals: Sequence[Sequence[Signal]]) -> list[Scores]:
        """Return the scores of every text of a batch, all of it computed.

        Spans and the example are given for texts that may reach a threshold.
        """
        ngrams = Ngrams(batch)
        vectors = embed([readable(batch, i) for i in range(len(batch.texts))])
        chances = self.probabilities(self.logits(ngrams, vectors, signals))
        scores = []
        for index, row in enumerate(chances):
            intents = tuple(zip(self.recipe.intents, map(float, row), strict=True))
            if 1 - row[self._clear] < self._least:
                scores.append(Scores(intents))
                continue
            best = int(np.argmax(np.where(np.arange(len(row)) == self._clear, -1.0, row)))
            scores.append(
                Scores(
                    intents, self._spans(batch, ngrams, index, best), self._example(vectors[index])
                )
            )
        return scores

    def finding(self, scores: Scores, findings: Sequence[Finding] = ()) -> Finding | None:
        """Return what the classifier adds to the findings of the rules, or None."""
        recipe = self.recipe
        return decide_model(scores, recipe.suspicious, recipe.grave, recipe.beside, findings)

    def risk(self, scores: Scores, level: Level) -> float:
        """Return the probability that a careful moderator would act on a text.

        Args:
            scores: what the classifier says of it.
            level: what the rules alone say of it.
        """
        clear = min(max(dict(scores.intents)[CLEAR], 1e-9), 1 - 1e-9)
        odds = math.log(1 - clear) - math.log(clear)
        return _logistic(self.recipe.risk_slope * odds + self.recipe.risk_offsets[level])

    def quick_risk(self, odds: float, level: Level) -> float:
        """Return the same probability for a text that only the quick model has read.

        Args:
            odds: its log-odds of not being clear.
            level: what the rules say of it.
        """
        recipe = self.recipe
        return _logistic(recipe.quick_risk_slope * odds + recipe.quick_risk_offsets[level])

    def _spans(
        self, batch: FoldedBatch, ngrams: Ngrams, index: int, intent: int
    ) -> tuple[Span, ...]:
        """Return the words that weighed most for an intent against clear; pasted offsets."""
        folded = batch.texts[index]
        start = int(batch.starts[index])
        own = np.flatnonzero(ngrams.texts == index)
        weights = self._full[0]
        pull = weights[ngrams.buckets[own], intent] - weights[ngrams.buckets[own], self._clear]
        share = np.zeros(len(folded.text) + 2)
        lengths = ngrams.lengths[own]
        begins = np.clip(ngrams.begins[own] - start, 0, len(folded.text))
        stops = np.clip(ngrams.begins[own] - start + lengths, 0, len(folded.text))
        np.add.at(share, begins, pull / lengths)
        np.add.at(share, stops, -pull / lengths)
        along = np.cumsum(share)
        words = []
        position = 0
        for word in folded.words.split():
            position = folded.words.index(word, position)
            words.append((float(along[position : position + len(word)].sum()), position, len(word)))
            position += len(word)
        words.sort(reverse=True)
        # Something is shown even where no word stands out.
        heaviest = [word for word in words[:_MOST_SPANS] if word[0] > 0] or words[:1]
        chosen = sorted((at, at + size) for _, at, size in heaviest)
        joined: list[Span] = []
        for first, last in chosen:
            if joined and not folded.words[joined[-1][1] : first].strip():
                joined[-1] = (joined[-1][0], last)
            else:
                joined.append((first, last))
        return tuple(folded.span(first, last) for first, last in joined)

    def _example(self, vector: Floats) -> str | None:
        """Return the labelled message whose embedding is closest."""
        stored = self.arrays["example_vectors"]
        if not len(stored):
            return None
        return self.recipe.examples[int(np.argmax(stored.astype(np.float32) @ vector))]


def stored_hash() -> str:
    """Return the hash of the package's weights without reading them in; "" when it has none."""
    folder = _own_folder()
    weights, recipe = folder / "weights.npz", folder / "recipe.json"
    if not weights.is_file() or not recipe.is_file():
        return ""
    return _hash(weights.read_bytes(), recipe.read_bytes())


def _hash(weights: bytes, recipe: bytes) -> str:
    return hashlib.sha256(weights + recipe).hexdigest()[:16]


def _own_folder() -> Traversable:
    """Return the package's weights, beside the package where it runs from its sources."""
    try:
        return files("detector.models")
    except ModuleNotFoundError:
        return Path(__file__).resolve().parents[1] / "models"


def _logistic(odds: float) -> float:
    return round(1 / (1 + math.exp(-max(-30.0, min(30.0, odds)))), 4)


def softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return probabilities, rows summing to one."""
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    scaled: NDArray[np.float64] = raised / raised.sum(axis=1, keepdims=True)
    return scaled


def stored_vectors(vectors: Floats) -> NDArray[np.int8]:
    """Return embeddings as small integers: all that the search for an example needs."""
    return np.clip(np.round(vectors * _VECTOR_SCALE), -127, 127).astype(np.int8)
