"""The page: paste, read the verdict, know what to do. It needs no JavaScript."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from babel import Locale
from flask import Blueprint, current_app, render_template, request
from flask_babel import get_locale, gettext, lazy_gettext

from detector import Detector, render
from detector.translate import SOURCE_LANGUAGE, available, translate
from detector.types import Verdict

blueprint = Blueprint("page", __name__)

ERRORS = {
    "empty-text": lazy_gettext("There is nothing to check yet. Paste a message or a contact."),
    "text-too-long": lazy_gettext(
        "The text has %(length)s characters, the limit is %(limit)s. Paste the important part."
    ),
    "body-too-large": lazy_gettext("The text is too long. Paste the important part."),
    "not-found": lazy_gettext("There is no such page. You can check a message here."),
}
"""What the page says by the code of an error; anything else is OTHER_ERROR."""
OTHER_ERROR = lazy_gettext("That did not work. Nothing was judged; please try again.")
HTTP_CODES = {
    400: "bad-request",
    404: "not-found",
    405: "method-not-allowed",
    413: "body-too-large",
    500: "defect",
}

AFTERWARDS = {
    "already-paid": lazy_gettext("Already paid?"),
    "code-given": lazy_gettext("Gave a code, a password or card data?"),
    "costly-call": lazy_gettext("Called or sent an SMS?"),
}
"""Advice for those to whom it has happened, folded away under a question."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the pasted text.

    ``is_marked``: a reason points at it. ``ends``: the numbers of the reasons (from 1) whose
    place ends with it, so that overlapping places carry each number once.
    """

    text: str
    is_marked: bool
    ends: tuple[int, ...]


def pieces(verdict: Verdict) -> list[Piece]:
    """Cut the pasted text where a reason begins or ends; no character is lost."""
    spans = [(number, s) for number, f in enumerate(verdict.findings, 1) for s in f.spans]
    cuts = {0, len(verdict.text)}.union(*(span for _, span in spans))
    return [
        Piece(
            verdict.text[start:end],
            is_marked=any(s <= start and end <= e for _, (s, e) in spans),
            ends=tuple(sorted({number for number, (_, e) in spans if e == end})),
        )
        for start, end in pairwise(sorted(cuts))
    ]


@blueprint.get("/")
def front() -> str:
    """Show the empty page."""
    return _show()


@blueprint.post("/")
def answer() -> str:
    """Judge what was pasted and show the answer."""
    detector: Detector = current_app.extensions["detector"]
    # Browsers send line ends as CRLF; what was pasted had one character there.
    text = request.form.get("text", "").replace("\r\n", "\n")
    language = _language()
    # A bare number says nothing of its language: then that of the reader is the best guess.
    hint = language if language in detector.languages.languages else None
    return _show(detector.check(detector.accept(text, hint)))


def show_error(code: str, values: Mapping[str, str] | None = None) -> str:
    """Return the page with what went wrong and, if there is any, the text that was sent."""
    sentence = str(ERRORS.get(code, OTHER_ERROR)) % (values or {})
    # A body over the limit cannot be read again.
    text = request.form.get("text", "") if code == "text-too-long" else ""
    return _show(error=sentence, text=text.replace("\r\n", "\n"))


def _language() -> str:
    return str(get_locale() or SOURCE_LANGUAGE)


def _show(verdict: Verdict | None = None, text: str = "", error: str = "") -> str:
    language = _language()
    shown: dict[str, object] = {
        "language": language,
        "text": text,
        "error": error,
        "afterwards": AFTERWARDS,
    }
    if verdict is not None:
        shown |= _answer(verdict, language)
    return render_template(
        "page.html",
        direction=Locale.parse(language).text_direction,
        languages=[(code, Locale.parse(code).get_display_name(code)) for code in available()],
        example=gettext("For example: a phone number, an e-mail, a link, a whole chat message"),
        **shown,
    )


def _answer(verdict: Verdict, language: str) -> dict[str, object]:
    result = render.as_object(verdict, language)
    return {
        "text": verdict.text,
        "answer": result,
        "sentence": render.verdict_sentence(verdict, language),
        "pieces": pieces(verdict),
        "statuses": {key: translate(msgid, language) for key, msgid in render.STATUSES.items()},
        "kinds": {key: translate(msgid, language) for key, msgid in render.KINDS.items()},
        "now": [entry for entry in result["advice"] if entry["id"] not in AFTERWARDS],
        "later": [entry for entry in result["advice"] if entry["id"] in AFTERWARDS],
    }
