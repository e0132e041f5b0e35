"""The one path from texts to verdicts; every way in (page, command, files) takes it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache, cached_property
from importlib.resources import files
from importlib.resources.abc import Traversable
from itertools import islice

import phonenumbers

from detector.contacts import Finders
from detector.contacts.context import Context
from detector.decide import decide_advice, decide_level, decide_risk
from detector.errors import InputError
from detector.features import says_something
from detector.fold import Folded
from detector.fold_batch import FoldedBatch, fold_batch
from detector.intent import CLEAR
from detector.language import UNKNOWN, LanguageBook
from detector.marketplace import Marketplace, default_id
from detector.model import Model
from detector.rule import Rule, RuleBook
from detector.signal import Reader, as_harmless
from detector.types import Contact, Finding, Level, Message, Scores, Signal, Verdict

LIMIT = 20_000
"""Code points a text may have by default; a longer one is refused, never cut."""

BATCH = 1_000
"""Messages that are folded and asked for words together, in arrays that stay small."""

NO_MODEL = "none"
# White space, and what is drawn as nothing: a paste of these alone holds no text.
_INVISIBLE = "\x00\x85\xa0\xad\u1680\u180e\u3000\ufeff" + "".join(
    chr(code)
    for span in ((9, 14), (32, 33), (0x2000, 0x2010), (0x2028, 0x2030), (0x205F, 0x2070))
    for code in range(*span)
)


Seen = tuple[str, tuple[Contact, ...], tuple[Signal, ...]]
"""Language, contacts and signals of a text."""


class Detector:
    """Rules, phrases and finders of one marketplace, loaded once and then read only."""

    def __init__(
        self,
        marketplace: Marketplace,
        languages: LanguageBook,
        rulebook: RuleBook,
        limit: int = LIMIT,
        model: Model | None = None,
        is_allowed: Callable[[Contact], bool] | None = None,
    ) -> None:
        self.marketplace = marketplace
        self.languages = languages
        self.limit = limit
        self._model = model
        self._is_allowed = is_allowed
        self._rulebook = rulebook
        self._finders = Finders()
        self._vocabulary = languages.vocabulary
        self._reader = Reader(languages, marketplace.brand_words)

    @classmethod
    def load(
        cls, marketplace: str | None = None, limit: int = LIMIT, classify: bool = True
    ) -> Detector:
        """Read all data of the package.

        Args:
            marketplace: id of a file in ``marketplaces``; None takes the default one.
            limit: code points a text may have.
            classify: whether the classifier is asked as well as the rules.

        Raises:
            InputError: the marketplace is not known.
        """
        chosen = Marketplace.load(default_id() if marketplace is None else marketplace)
        model = Model.load() if classify else None
        return cls(chosen, LanguageBook.load(), RuleBook.load(), limit, model)

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The catalogue, the gravest first."""
        return self._rulebook.rules

    @cached_property
    def rulebook_hash(self) -> str:
        """Hash over every data file that can change a verdict."""
        return rulebook_hash()

    def accept(
        self, text: object, language: str | None = None, region: str | None = None
    ) -> Message:
        """Return the message to judge.

        Raises:
            InputError: the text or a hint cannot be used; the sentence says why.
        """
        if not isinstance(text, str):
            raise InputError(
                "not-text", "The message is a {kind}, not text; send a string.",
                kind=type(text).__name__,
            )  # fmt: skip
        if not text.strip(_INVISIBLE):
            raise InputError("empty-text", "There is no text; paste a message or a contact.")
        if len(text) > self.limit:
            raise InputError(
                "text-too-long",
                "The text has {length} characters, the limit is {limit}; paste a shorter part.",
                length=str(len(text)), limit=str(self.limit),
            )  # fmt: skip
        if language is not None and language not in self.languages.languages:
            raise InputError(
                "unknown-language", "The language {language!r} is not known; use one of {known}.",
                language=str(language), known=", ".join(sorted(self.languages.languages)),
            )  # fmt: skip
        if region is not None:
            region = region.upper()
            if region not in phonenumbers.SUPPORTED_REGIONS:
                raise InputError(
                    "unknown-region",
                    "The region {region!r} is not known; use an ISO 3166 code such as PL or GB.",
                    region=region,
                )
        return Message(text, language, region)

    def check_many(self, messages: Iterable[Message | str]) -> Iterator[Verdict]:
        """Judge messages and yield their verdicts in order.

        Reads up to 1,000 messages ahead: what can be asked of many texts at once is.

        Raises:
            InputError: a message cannot be judged; those before it are.
        """
        source = iter(messages)
        while batch := list(islice(source, BATCH)):
            refusal = None
            accepted = []
            for message in batch:
                try:
                    accepted.append(self.accept(message) if isinstance(message, str) else message)
                except InputError as error:
                    refusal = error
                    break
            if accepted:
                yield from self._judge(accepted)
            if refusal is not None:
                raise refusal

    def check(self, message: Message | str) -> Verdict:
        """Judge one message; the same as :meth:`check_many` with one."""
        return next(self.check_many([message]))

    def signals(self, message: Message) -> tuple[Signal, ...]:
        """Return the facts seen in a message: what the rules are asked about."""
        return next(self.look([message]))[2]

    def look(self, messages: Sequence[Message]) -> Iterator[Seen]:
        """Yield language, contacts and signals of each message of one batch."""
        return self._look(messages, self._fold(messages))

    @property
    def model(self) -> Model | None:
        """The classifier, or None."""
        return self._model

    def with_model(self, model: Model | None) -> Detector:
        """Return a detector with the same rules and another classifier."""
        return self._changed(model, self._is_allowed)

    def allowing(self, is_allowed: Callable[[Contact], bool] | None) -> Detector:
        """Return a detector to which some contacts are the platform's own and mean nothing."""
        return self._changed(self._model, is_allowed)

    def _changed(
        self, model: Model | None, is_allowed: Callable[[Contact], bool] | None
    ) -> Detector:
        return Detector(
            self.marketplace, self.languages, self._rulebook, self.limit, model, is_allowed
        )

    def scores(self, texts: Sequence[str]) -> list[Scores]:
        """Return what the classifier alone says of texts, every one computed whole.

        Raises:
            InputError: there is no classifier.
        """
        if self._model is None:
            raise InputError("no-model", "There is no trained model; run scamcheck train.")
        found: list[Scores] = []
        for at in range(0, len(texts), BATCH):
            messages = [Message(text) for text in texts[at : at + BATCH]]
            batch = self._fold(messages)
            signals = [seen for _, _, seen in self._look(messages, batch)]
            found += self._model.judge(batch, signals)
        return found

    def embedded(self, texts: Sequence[str]) -> int:
        """Return how many of some texts a file of them would have the full model read."""
        if self._model is None:
            return 0
        total = 0
        for at in range(0, len(texts), BATCH):
            messages = [Message(text) for text in texts[at : at + BATCH]]
            batch = self._fold(messages)
            signals = [seen for _, _, seen in self._look(messages, batch)]
            total += len(self._model.chosen(batch, signals, list(map(self._open_level, signals))))
        return total

    def _fold(self, messages: Sequence[Message]) -> FoldedBatch:
        return fold_batch([message.text for message in messages], self._vocabulary)

    def _look(self, messages: Sequence[Message], batch: FoldedBatch) -> Iterator[Seen]:
        languages = self.languages.identify(batch, [message.language for message in messages])
        awake = self._finders.wake(batch)
        is_told = self._reader.wake(batch)
        for index, message in enumerate(messages):
            contacts: tuple[Contact, ...] = ()
            signals: tuple[Signal, ...] = ()
            folded, language = batch.texts[index], languages[index]
            if awake[index]:
                regions = (message.region,) if message.region else ()
                hint = message.language if language == UNKNOWN else language
                context = Context(regions, hint, self.marketplace)
                contacts = self._finders.find(folded, context, awake[index])
            heard = contacts
            if self._is_allowed is not None:
                heard = tuple(c for c in contacts if not self._is_allowed(c))
            if heard or is_told[index]:
                signals = self._reader.read(folded, heard, language)
            yield language, contacts, signals

    def _judge(self, messages: Sequence[Message]) -> Iterator[Verdict]:
        batch = self._fold(messages)
        seen = list(self._look(messages, batch))
        scores, odds = self._score(batch, seen) if self._model else ({}, [])
        for index, (message, (language, contacts, signals)) in enumerate(
            zip(messages, seen, strict=True)
        ):
            is_bare = any(signal.name == "bare-contact" for signal in signals)
            told = None if is_bare else scores.get(index)
            if told is not None and signals and self._is_harmless(told):
                signals = as_harmless(signals)
            findings = self._rulebook.apply(signals) if signals else []
            risk = decide_risk(findings)
            if odds and not is_bare and self._model is not None and told is None:
                risk = self._model.quick_risk(odds[index], decide_level(findings))
            if told is not None and self._model is not None:
                risk = self._model.risk(told, decide_level(findings))
                read = self._read_model(told, findings, batch.texts[index], language)
                findings += [] if read is None else [read]
            if is_bare:
                # The letters of an address belong to no language.
                language = message.language or UNKNOWN
            yield Verdict(
                text=message.text,
                level=decide_level(findings),
                risk=risk,
                language=language,
                subject="contact" if is_bare else "message",
                contacts=contacts,
                findings=tuple(findings),
                advice=decide_advice(findings),
                rulebook=self.rulebook_hash,
                model=self._model.hash if self._model else NO_MODEL,
                marketplace=self.marketplace.id,
                marketplace_name=self.marketplace.name,
            )

    def _score(
        self, batch: FoldedBatch, seen: Sequence[Seen]
    ) -> tuple[dict[int, Scores], list[float]]:
        """Return what the classifier says of the texts whose verdict it may still change."""
        assert self._model is not None
        signals = [found for _, _, found in seen]
        return self._model.score(batch, signals, list(map(self._open_level, signals)))

    def _open_level(self, signals: Sequence[Signal]) -> Level | None:
        """Return what the rules say of a text, or None if the classifier cannot change it."""
        if not signals:
            return Level.CLEAR
        names = {signal.name for signal in signals}
        if "bare-contact" in names:
            return None
        level = decide_level(self._rulebook.apply(signals))
        # Beside a contact no wording is harmless, and nothing is graver than fraud.
        return None if "outside-contact" in names and level == Level.FRAUDULENT else level

    def is_disowned(self, folded: Folded, language: str) -> bool:
        """Tell whether a text as a whole warns, reports or asks rather than demands."""
        return self._reader.is_disowned(folded, language)

    def _is_harmless(self, scores: Scores) -> bool:
        assert self._model is not None
        return 1.0 - dict(scores.intents)[CLEAR] < self._model.recipe.harmless

    def _read_model(
        self, scores: Scores, findings: Sequence[Finding], folded: Folded, language: str
    ) -> Finding | None:
        """Return what the classifier adds: only what is graver than the rules, and not disowned."""
        assert self._model is not None
        finding = self._model.finding(scores, findings)
        if finding is None or not says_something(folded) or self.is_disowned(folded, language):
            return None
        return finding


@cache
def rulebook_hash() -> str:
    """Return a hash over every data file of the package that can change a verdict."""
    digest = hashlib.sha256()
    for folder in ("rules", "languages", "marketplaces", "contacts"):
        sources = (files("detector") / folder).iterdir()
        for source in sorted(sources, key=_name):
            if source.name.endswith((".toml", ".txt")):
                digest.update(f"{folder}/{source.name}\0".encode() + source.read_bytes())
    return digest.hexdigest()[:16]


def _name(source: Traversable) -> str:
    return source.name
