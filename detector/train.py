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
from detector.features import embed, facts, quiet
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
"""Shares of clear validation messages that a threshold may turn into alarms beside the rules'."""
RARE_ALARMS = 0.0002
"""Share of all clear messages that the grave threshold may turn into alarms: the validation
split alone is too small to tell a thousandth, and open text is wider than the datasets."""
HARMLESS_LOSS = 0.03
"""Share of validation scams told by their wording that may be taken for harmless: most phrases
of tricks stand in ordinary talk as well, and a tool that cries wolf is closed."""
FOLDS = 5
"""Parts of the scenarios of which each is judged once by weights fitted on the others."""
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
        embed([quiet(m.text) for m in messages]),
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
    with threadpool_limits(1):
        return _fit_full(data, hidden) | _fit_quick(data, hidden)


def _fit_full(data: Prepared, hidden: Prepared) -> dict[str, NDArray[Any]]:
    views = [(data, data.raw), (data, data.folded), (hidden, hidden.folded)]
    rows = [sparse.hstack([part.ngrams * NGRAM_SCALE, view, part.facts]) for part, view in views]
    regression = LogisticRegression(C=STRENGTH, max_iter=_ITERATIONS, random_state=SEED)
    regression.fit(sparse.vstack(rows).tocsr(), np.tile(data.intents, len(views)))
    order = [list(regression.classes_).index(intent) for intent in intents()]
    weights = regression.coef_[order].T
    size = 1 << BITS
    stop = size + data.raw.shape[1]
    return {
        "ngrams": (weights[:size] * NGRAM_SCALE).astype(np.float16),
        "embedding": weights[size:stop].astype(np.float32),
        "facts": weights[stop:].astype(np.float32),
        "bias": regression.intercept_[order].astype(np.float32),
    }


def _fit_quick(data: Prepared, hidden: Prepared) -> dict[str, NDArray[Any]]:
    rows = [sparse.hstack([part.ngrams * NGRAM_SCALE, part.facts]) for part in (data, hidden)]
    quick = LogisticRegression(C=STRENGTH, max_iter=_ITERATIONS, random_state=SEED)
    quick.fit(sparse.vstack(rows).tocsr(), np.tile(data.intents != CLEAR, len(rows)))
    size = 1 << BITS
    return {
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


def quick_odds(arrays: dict[str, NDArray[Any]], data: Prepared) -> NDArray[np.float64]:
    """Return the log-odds of the quick model, (messages,)."""
    return np.asarray(
        data.ngrams @ arrays["quick_ngrams"].astype(np.float32)
        + data.facts @ arrays["quick_facts"]
        + arrays["quick_bias"],
        dtype=np.float64,
    )


def folds(messages: Sequence[Labelled]) -> NDArray[np.int64]:
    """Return a fold for each message: whole scenarios, the intents spread evenly."""
    # A message without a scenario is a story of its own.
    stories = [m.scenario or f"{place:06}" for place, m in enumerate(messages)]
    intent = {story: message.intent for story, message in zip(stories, messages, strict=True)}
    ordered = sorted(intent, key=lambda story: (intent[story], story))
    fold = {story: place % FOLDS for place, story in enumerate(ordered)}
    return np.array([fold[story] for story in stories])


def unseen_scores(
    data: Prepared, hidden: Prepared
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return what both models say of messages whose scenarios they were not fitted on.

    Returns:
        Scores of the full model (messages, intents) and of the quick one (messages,).
    """
    fold = folds(data.messages)
    logits = np.zeros((len(data.messages), len(intents())))
    quick = np.zeros(len(data.messages))
    for number in range(FOLDS):
        is_left = fold == number
        if not is_left.any():
            continue
        arrays = fit(data.where(~is_left), hidden.where(~is_left))
        left = data.where(is_left)
        logits[is_left] = raw_logits(arrays, left)
        quick[is_left] = quick_odds(arrays, left)
    return logits, quick


def calibrate(
    every: Prepared,
    logits: NDArray[np.float64],
    quick: NDArray[np.float64],
    examples: Sequence[str],
) -> Recipe:
    """Return the recipe, from scores of messages whose scenarios were not fitted on.

    Platt's logistics and the risk come from all of them. The thresholds keep their share of
    false alarms on the validation split and on all of them, which are six times as many.

    Args:
        every: the messages of the train and validation splits.
        logits, quick: as of :func:`unseen_scores`.
        examples: texts that findings may be compared to.
    """
    acts = every.intents != CLEAR
    odds = _log_odds(softmax(logits))
    with threadpool_limits(1):
        platt = LogisticRegression(C=1e6, random_state=SEED).fit(odds[:, None], acts)
    slope, offset = float(platt.coef_[0, 0]), float(platt.intercept_[0])
    risk = risk_curve(odds * slope + offset, every.levels, acts)
    quick_risk = risk_curve(quick, every.levels, acts)
    chances = softmax(logits)
    clear = np.clip(chances[:, list(intents()).index(CLEAR)], 1e-9, 1 - 1e-9)
    unclear = 1 / (1 + np.exp(-(slope * odds + offset)))
    levels = np.array([int(intent.level) for intent in intents().values()])
    scaled = chances / (1 - clear)[:, None] * unclear[:, None]
    is_heavy = levels > Level.SUSPICIOUS
    heavy = scaled[:, is_heavy].sum(axis=1)
    told_level = levels[is_heavy][scaled[:, is_heavy].argmax(axis=1)]
    # Counted are the alarms that the classifier adds to those of the rules. A text that
    # warns, reports or asks stays clear whatever the classifier thinks of it.
    light_alarms = np.where(every.disowned | (every.levels >= Level.SUSPICIOUS), 0.0, unclear)
    grave_alarms = np.where(every.disowned | (every.levels >= told_level), 0.0, heavy)
    chosen = np.array([m.split == "validation" for m in every.messages], dtype=np.bool_)
    suspicious = max(
        threshold(light_alarms[~acts & chosen], SUSPICIOUS_ALARMS),
        threshold(light_alarms[~acts], SUSPICIOUS_ALARMS),
    )
    grave = max(
        threshold(grave_alarms[~acts & chosen], GRAVE_ALARMS),
        threshold(grave_alarms[~acts], RARE_ALARMS),
    )
    data, quick = every.where(chosen), quick[chosen]
    unclear, heavy, scaled = unclear[chosen], heavy[chosen], scaled[chosen]
    is_clear = data.intents == CLEAR
    # So few clear messages are weak evidence: the graver verdict never needs less than the other.
    grave = max(grave, suspicious)
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
        round(float(beside), 6), *risk, *quick_risk, tuple(examples),
    )  # fmt: skip


def _log_odds(chances: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the log-odds of not being clear, (messages,)."""
    clear = np.clip(chances[:, list(intents()).index(CLEAR)], 1e-9, 1 - 1e-9)
    return np.asarray(np.log(1 - clear) - np.log(clear))


def risk_curve(
    odds: NDArray[np.float64], levels: NDArray[np.int64], acts: NDArray[np.bool_]
) -> tuple[float, tuple[float, ...]]:
    """Return slope and offset a level of the logistic that tells the risk.

    Args:
        odds: (messages,) log-odds of a classifier.
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
    """Calibrate on scenarios that the weights had not seen, then fit on all but the test split.

    Five times the weights of four fifths of the scenarios judge the last fifth; that
    tells how far to trust them. The weights that are kept saw every one of them: more
    stories, the same judgement.
    """
    splits = np.array([message.split for message in data.messages])
    hidden = prepare(disguised(data.messages), detector).where(splits != "test")
    known = data.where(splits != "test")
    scams: list[int] = np.flatnonzero(known.intents != CLEAR)[:_MOST_EXAMPLES].tolist()
    texts = [known.messages[i].text for i in scams]
    recipe = calibrate(known, *unseen_scores(known, hidden), texts)
    arrays = fit(known, hidden)
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
    messages: Sequence[Labelled], model: Model, detector: Detector, tell: Callable[[str], None]
) -> dict[str, tuple[Share, Share]]:
    """Return for each language what a classifier flags of it that never saw it.

    Counted are the must-flag messages of the test split that it alone flags, by the
    calibration and threshold of ``model``.

    Returns:
        By language what ``model`` flags, and what weights fitted without it flag.
    """
    data = prepare(messages, detector)
    hidden = prepare(disguised(messages), detector)
    languages = np.array([m.language for m in messages])
    splits = np.array([m.split for m in messages])
    found = {}
    for language in sorted(set(languages.tolist())):
        tell(f"fitting without {language}")
        others = (languages != language) & (splits != "test")
        with threadpool_limits(1):
            arrays = _fit_full(data.where(others), hidden.where(others))
        test = data.where((languages == language) & (splits == "test") & (data.intents != CLEAR))
        found[language] = (
            _flagged(model.recipe, model.arrays, test),
            _flagged(model.recipe, arrays, test),
        )
    return found


def _flagged(recipe: Recipe, arrays: dict[str, NDArray[Any]], scams: Prepared) -> Share:
    odds = _log_odds(softmax(raw_logits(arrays, scams)))
    unclear = 1 / (1 + np.exp(-(recipe.slope * odds + recipe.offset)))
    return Share(int((unclear >= recipe.suspicious).sum()), len(scams.messages))


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
