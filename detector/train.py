"""datasets/ -> models/: weights, recipe, metrics and card. The same data gives the same weights.

The weights are fitted in three views, as pasted, as folded and under an attack,
so that a disguised text is not stranger to the model than a plain one. What is
decided is decided on the validation split; the test split is only measured.
"""

from __future__ import annotations

import hashlib
import json
import math
import platform
import zipfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import scipy
import scipy.sparse as sparse
import sklearn
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from detector.attack import ATTACKS, attacked
from detector.dataset import Labelled, read_folder
from detector.detector import BATCH, Detector
from detector.evaluate import Share
from detector.features import embed, facts
from detector.fold_batch import FoldedBatch, fold_batch
from detector.intent import CLEAR, intents
from detector.model import Model, Recipe, softmax, stored_vectors
from detector.ngram import BITS, Ngrams
from detector.signal import has_trick
from detector.types import Level, Message, Signal

SEED = 20_261_123
STRENGTH = 6.0
"""Inverse regularisation; of 1, 3, 6 and 12 the best log-loss on the validation split."""
NGRAM_SCALE = 1.5
"""What the n-grams count beside an embedding; of 0.7, 1, 1.5 and 2.5 the best likewise."""
SUSPICIOUS_ALARMS = 0.005
GRAVE_ALARMS = 0.001
"""Shares of clear validation messages that may reach a threshold."""
HARMLESS_LOSS = 0.03
"""Share of validation scams told by their wording that may be taken for harmless: most phrases
of tricks stand in ordinary talk as well, and a tool that cries wolf is closed."""
FRAUD_PRECISION = 0.97
"""Share of validation messages above ``beside`` that are frauds."""
_NEAR_LOSS = 0.01
"""Share of the validation messages that the full model flags and the quick one may pass over."""
_ITERATIONS = 400
_MOST_EXAMPLES = 4_000


@dataclass(frozen=True, slots=True)
class Prepared:
    """Labelled messages with everything the classifier reads of them."""

    messages: Sequence[Labelled]
    ngrams: sparse.csr_matrix
    raw: NDArray[np.float32]
    folded: NDArray[np.float32]
    facts: NDArray[np.float32]
    signals: Sequence[Sequence[Signal]]
    disowned: NDArray[np.bool_]
    levels: NDArray[np.int64]

    def where(self, chosen: NDArray[np.bool_]) -> Prepared:
        """Return the chosen messages."""
        index: list[int] = np.flatnonzero(chosen).tolist()
        return Prepared(
            [self.messages[i] for i in index],
            self.ngrams[index],
            self.raw[index],
            self.folded[index],
            self.facts[index],
            [self.signals[i] for i in index],
            self.disowned[index],
            self.levels[index],
        )

    @property
    def intents(self) -> NDArray[np.str_]:
        """The label of each message."""
        return np.array([message.intent for message in self.messages])


def ngram_matrix(batch: FoldedBatch) -> sparse.csr_matrix:
    """Return the n-grams as scikit-learn takes them, (texts, 2 ** BITS)."""
    found = Ngrams(batch)
    count = len(batch.texts)
    matrix = sparse.csr_matrix(
        (1 / found.norms[found.texts], (found.texts, found.buckets.astype(np.int64))),
        shape=(count, 1 << BITS),
    )
    return matrix.astype(np.float32)


def prepare(messages: Sequence[Labelled], detector: Detector) -> Prepared:
    """Compute what the classifier reads of labelled messages."""
    matrices, signals, plain, disowned = [], [], [], []
    for at in range(0, len(messages), BATCH):
        part = messages[at : at + BATCH]
        batch = fold_batch([m.text for m in part], detector.languages.vocabulary)
        matrices.append(ngram_matrix(batch))
        plain += [folded.text for folded in batch.texts]
        looked = list(detector.look([Message(m.text) for m in part]))
        signals += [seen for _, _, seen in looked]
        disowned += [
            detector.is_disowned(folded, language)
            for folded, (language, _, _) in zip(batch.texts, looked, strict=True)
        ]
    return Prepared(
        messages,
        sparse.vstack(matrices).tocsr(),
        embed([m.text for m in messages]),
        embed(plain),
        facts(signals),
        signals,
        np.array(disowned, dtype=np.bool_),
        np.array([v.level for v in detector.check_many([Message(m.text) for m in messages])]),
    )


def disguised(messages: Sequence[Labelled]) -> list[Labelled]:
    """Return every message under one attack, all kinds of attacks in turn."""
    names = list(ATTACKS)
    return [
        replace(message, text=attacked(message.text, names[number % len(names)], SEED))
        for number, message in enumerate(messages)
    ]


def fit(data: Prepared, hidden: Prepared) -> dict[str, NDArray[Any]]:
    """Return the arrays of both models, fitted on messages and on the same ones disguised."""
    views = [(data, data.raw), (data, data.folded), (hidden, hidden.folded)]
    full = sparse.vstack(
        [sparse.hstack([part.ngrams * NGRAM_SCALE, view, part.facts]) for part, view in views]
    ).tocsr()
    with threadpool_limits(1):
        regression = LogisticRegression(C=STRENGTH, max_iter=_ITERATIONS, random_state=SEED)
        regression.fit(full, np.tile(data.intents, len(views)))
        quick = LogisticRegression(C=STRENGTH, max_iter=_ITERATIONS, random_state=SEED)
        plain = sparse.vstack(
            [sparse.hstack([p.ngrams * NGRAM_SCALE, p.facts]) for p in (data, hidden)]
        ).tocsr()
        quick.fit(plain, np.tile(data.intents != CLEAR, 2))
    order = [list(regression.classes_).index(intent) for intent in intents()]
    weights = regression.coef_[order].T
    size = 1 << BITS
    stop = size + data.raw.shape[1]
    return {
        "ngrams": (weights[:size] * NGRAM_SCALE).astype(np.float16),
        "embedding": weights[size:stop].astype(np.float32),
        "facts": weights[stop:].astype(np.float32),
        "bias": regression.intercept_[order].astype(np.float32),
        "quick_ngrams": (quick.coef_[0, :size] * NGRAM_SCALE).astype(np.float16),
        "quick_facts": quick.coef_[0, size:].astype(np.float32),
        "quick_bias": np.float32(quick.intercept_[0]),
    }


def raw_logits(arrays: dict[str, NDArray[Any]], data: Prepared) -> NDArray[np.float64]:
    """Return the scores of the full model, (messages, intents)."""
    return np.asarray(
        data.ngrams @ arrays["ngrams"].astype(np.float32)
        + data.raw @ arrays["embedding"]
        + data.facts @ arrays["facts"]
        + arrays["bias"],
        dtype=np.float64,
    )


def calibrate(arrays: dict[str, NDArray[Any]], data: Prepared, examples: Sequence[str]) -> Recipe:
    """Return the recipe: Platt's logistic and the thresholds, from messages not fitted on."""
    is_clear = data.intents == CLEAR
    chances = softmax(raw_logits(arrays, data))
    clear = np.clip(chances[:, list(intents()).index(CLEAR)], 1e-9, 1 - 1e-9)
    odds = np.log(1 - clear) - np.log(clear)
    with threadpool_limits(1):
        platt = LogisticRegression(C=1e6, random_state=SEED).fit(odds[:, None], ~is_clear)
    slope, offset = float(platt.coef_[0, 0]), float(platt.intercept_[0])
    unclear = 1 / (1 + np.exp(-(slope * odds + offset)))
    # A text that warns, reports or asks stays clear whatever the classifier thinks of it.
    harmless_chances = np.where(data.disowned, 0.0, unclear)[is_clear]
    suspicious = threshold(harmless_chances, SUSPICIOUS_ALARMS)
    levels = np.array([int(intent.level) for intent in intents().values()])
    scaled = chances / (1 - clear)[:, None] * unclear[:, None]
    heavy = scaled[:, levels > Level.SUSPICIOUS].sum(axis=1)
    grave = threshold(np.where(data.disowned, 0.0, heavy)[is_clear], GRAVE_ALARMS)
    # So few clear messages are weak evidence: the graver verdict never needs less than the other.
    grave = max(grave, suspicious)
    quick = (
        data.ngrams @ arrays["quick_ngrams"].astype(np.float32)
        + data.facts @ arrays["quick_facts"]
        + arrays["quick_bias"]
    )
    flagged = np.sort(quick[(unclear >= suspicious) | (heavy >= grave)])
    near = float(flagged[int(len(flagged) * _NEAR_LOSS)]) if len(flagged) else 0.0
    frauds = scaled[:, levels == Level.FRAUDULENT].sum(axis=1)
    is_fraud = np.array([m.level == Level.FRAUDULENT for m in data.messages], dtype=np.bool_)
    beside = next(
        (t for t in np.arange(0.5, 1.0, 0.01) if is_fraud[frauds >= t].mean() >= FRAUD_PRECISION),
        grave,
    )
    # What the rules have flagged already is read for fraud only.
    is_flagged = (data.levels >= Level.SUSPICIOUS) & (data.levels < Level.FRAUDULENT)
    raised = np.sort(quick[is_flagged & ((frauds >= beside) | (heavy >= grave))])
    near_flagged = float(raised[int(len(raised) * _NEAR_LOSS)]) if len(raised) else near
    told = np.array([has_trick(seen) for seen in data.signals], dtype=np.bool_)
    caught = np.sort(unclear[told & ~is_clear])
    harmless = float(caught[int(len(caught) * HARMLESS_LOSS)]) if len(caught) else 0.0
    return Recipe(
        tuple(intents()), round(slope, 6), round(offset, 6), round(near, 6), round(near_flagged, 6),
        round(min(harmless, suspicious), 6), round(suspicious, 6), round(grave, 6),
        round(float(beside), 6), *risk_curve(odds * slope + offset, data.levels, ~is_clear),
        tuple(examples),
    )  # fmt: skip


def risk_curve(
    odds: NDArray[np.float64], levels: NDArray[np.int64], acts: NDArray[np.bool_]
) -> tuple[float, tuple[float, ...]]:
    """Return slope and offset a level of the logistic that tells the risk.

    Args:
        odds: (messages,) calibrated log-odds of the classifier.
        levels: (messages,) levels that the rules reached.
        acts: (messages,) whether a moderator would act.
    """
    columns = np.column_stack([odds, *(levels == level for level in Level)])
    with threadpool_limits(1):
        fitted = LogisticRegression(C=10.0, random_state=SEED).fit(columns, acts)
    slope, *offsets = fitted.coef_[0]
    base = fitted.intercept_[0]
    return round(float(slope), 6), tuple(round(float(base + o), 6) for o in offsets)


def threshold(harmless: NDArray[np.float64], alarms: float) -> float:
    """Return the least probability that at most a share ``alarms`` of harmless texts reach."""
    ordered = np.sort(harmless)[::-1]
    allowed = int(len(ordered) * alarms)
    if allowed >= len(ordered):
        return 0.0
    # Upwards to two digits: some hundred messages do not tell more.
    return math.ceil((float(ordered[allowed]) + 1e-6) * 100) / 100


def build(data: Prepared, detector: Detector) -> tuple[Recipe, dict[str, NDArray[Any]]]:
    """Calibrate on the validation split, then fit on it as well.

    Probabilities and thresholds come from weights that saw the train split only, on
    scenarios these never saw. The weights that are kept have the same recipe and also
    saw the validation split: more stories, the same judgement of how far to trust them.
    """
    splits = np.array([message.split for message in data.messages])
    hidden = prepare(disguised(data.messages), detector)
    is_train, is_known = splits == "train", splits != "test"
    first = fit(data.where(is_train), hidden.where(is_train))
    known = data.where(is_known)
    scams: list[int] = np.flatnonzero(known.intents != CLEAR)[:_MOST_EXAMPLES].tolist()
    recipe = calibrate(
        first, data.where(splits == "validation"), [known.messages[i].text for i in scams]
    )
    arrays = fit(known, hidden.where(is_known))
    arrays["example_vectors"] = stored_vectors(known.raw[scams])
    return recipe, arrays


def train(datasets: Path, models: Path, tell: Callable[[str], None]) -> Model:
    """Train on the labelled messages of a folder and write weights and recipe.

    Raises:
        InputError: the datasets cannot be read.
    """
    messages = read_folder(datasets)
    tell(f"{len(messages)} labelled messages; reading them")
    detector = Detector.load(classify=False)
    data = prepare(messages, detector)
    tell("fitting")
    recipe, arrays = build(data, detector)
    models.mkdir(parents=True, exist_ok=True)
    write_arrays(models / "weights.npz", arrays)
    table = {
        "model": asdict(recipe),
        "seed": SEED,
        "strength": STRENGTH,
        "ngram_scale": NGRAM_SCALE,
        "datasets": hashes(sorted(datasets.glob("*.jsonl"))),
        "libraries": {
            "numpy": np.__version__,
            "scipy": scipy.__version__,
            "scikit-learn": sklearn.__version__,
        },
        "machine": platform.machine(),
    }
    text = json.dumps(table, ensure_ascii=False, indent=1)
    (models / "recipe.json").write_text(text + "\n", encoding="utf-8")
    model = Model.load(models)
    assert model is not None
    return model


def leave_one_out(
    messages: Sequence[Labelled], detector: Detector, tell: Callable[[str], None]
) -> dict[str, Share]:
    """Return for each language what the classifier flags of it that never saw it.

    Counted are the must-flag messages of the test split that it alone flags.
    """
    data = prepare(messages, detector)
    languages = np.array([m.language for m in messages])
    splits = np.array([m.split for m in messages])
    found = {}
    for language in sorted(set(languages.tolist())):
        tell(f"fitting without {language}")
        recipe, arrays = build(data.where((languages != language) & (splits != "test")), detector)
        model = Model(recipe, arrays, "left-out")
        test = data.where((languages == language) & (splits == "test"))
        logits = raw_logits(arrays, test)
        unclear = 1 - model.probabilities(logits)[:, recipe.intents.index(CLEAR)]
        scams = test.intents != CLEAR
        found[language] = Share(int((unclear[scams] >= recipe.suspicious).sum()), int(scams.sum()))
    return found


def hashes(paths: Iterable[Path]) -> dict[str, str]:
    """Return the SHA-256 of each file by its name."""
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def write_arrays(path: Path, arrays: dict[str, NDArray[Any]]) -> None:
    """Write arrays so that the same arrays give the same bytes.

    ``np.savez`` stamps the time of day into the archive; order and dates are fixed here.
    """
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(arrays):
            entry = zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            with archive.open(entry, "w") as stream:
                np.lib.format.write_array(stream, np.asarray(arrays[name]), allow_pickle=False)
