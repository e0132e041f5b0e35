"""The page: paste, read the verdict, know what to do. It needs no JavaScript."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from flask import Blueprint, render_template, request
from flask_babel import gettext, lazy_gettext

from detector import advice, render
from detector.translate import translate
from detector.types import Contact, Finding, Verdict
from webapp.view import current_detector, frame, page_language, shown_date

blueprint = Blueprint("page", __name__)
blueprint.app_context_processor(frame)

ERRORS = {
    "empty-text": lazy_gettext("There is nothing to check yet. Paste a message or a contact."),
    "text-too-long": lazy_gettext(
        "The text has %(length)s characters, the limit is %(limit)s. Paste the important part."
    ),
    "body-too-large": lazy_gettext("The text is too long. Paste the important part."),
    "too-many-requests": lazy_gettext("That was very often. Wait a minute, then try again."),
    "not-found": lazy_gettext("There is no such page. You can check a message here."),
    "no-picture": lazy_gettext("Choose a picture first."),
    "bad-picture": lazy_gettext("This picture cannot be read. Use PNG, JPEG or WebP."),
    "large-picture": lazy_gettext("This picture is too large. Cut out the message."),
    "no-words": lazy_gettext("No words were found in the picture. Type or paste the message."),
    "scans-full": lazy_gettext("Too many scans are kept just now. Try again later."),
    "busy": lazy_gettext("Many pictures are being read just now. Try again in a minute."),
    "no-tesseract": lazy_gettext("Pictures cannot be read here: Tesseract is not installed."),
}
"""What the page says by the code of an error; anything else is OTHER_ERROR."""
OTHER_ERROR = lazy_gettext("That did not work. Nothing was judged; please try again.")
HTTP_CODES = {
    400: "bad-request",
    404: "not-found",
    405: "method-not-allowed",
    413: "body-too-large",
    415: "unsupported-media-type",
    429: "too-many-requests",
    500: "defect",
}

AFTERWARDS = {
    "already-paid": lazy_gettext("Already paid?"),
    "code-given": lazy_gettext("Gave a code, a password or card data?"),
    "costly-call": lazy_gettext("Called or sent an SMS?"),
}
"""Advice for those to whom it has happened, folded away under a question."""


EXAMPLES = (
    lazy_gettext("Close the dispute and write me on WhatsApp, I will refund you by PayPal."),
    "support@aliexpress.com",
    "aliexpress-support.example/refund",
    "+48 22 108 44 17",
)
"""Texts to tap. Their hosts and numbers are nobody's or the marketplace's own name."""

LONGEST_QUOTE = 60
"""Characters of a place that is quoted beside its reason; a longer one is only marked."""
MOST_QUOTES = 3


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the pasted text.

    ``is_marked``: a reason points at it. ``ends``: the numbers of the reasons (from 1) whose
    place ends with it, so that overlapping places carry each number once. ``read_as``: what the
    disguised contacts that end with it were read as.
    """

    text: str
    is_marked: bool
    ends: tuple[int, ...]
    read_as: tuple[str, ...] = ()


def pieces(verdict: Verdict) -> list[Piece]:
    """Cut the pasted text where a reason begins or a disguised contact ends; nothing is lost."""
    spans = [(number, s) for number, f in enumerate(verdict.findings, 1) for s in f.spans]
    disguised = [contact for contact in verdict.contacts if is_disguised(contact)]
    cuts = {0, len(verdict.text)}.union(*(span for _, span in spans))
    cuts.update(contact.end for contact in disguised)
    return [
        Piece(
            verdict.text[start:end],
            is_marked=any(s <= start and end <= e for _, (s, e) in spans),
            ends=tuple(sorted({number for number, (_, e) in spans if e == end})),
            read_as=tuple(contact.value for contact in disguised if contact.end == end),
        )
        for start, end in pairwise(sorted(cuts))
    ]


def quotes(verdict: Verdict, finding: Finding) -> list[str]:
    """Return the places of a finding that are short enough to be said again, each once."""
    places = dict.fromkeys(verdict.text[start:end].strip() for start, end in finding.spans)
    return [place for place in places if 0 < len(place) <= LONGEST_QUOTE][:MOST_QUOTES]


def is_disguised(contact: Contact) -> bool:
    """Tell whether the text does not plainly show what the contact was read as."""
    network, colon, name = contact.value.partition(":")
    wanted = _bare(name if contact.kind == "handle" and colon else network)
    shown = _bare(contact.text)
    # A national number stands for the one with the country's code.
    is_national = wanted.isdigit() and shown.isdigit() and wanted.endswith(shown.lstrip("0"))
    return wanted not in shown and not is_national


def _bare(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())


@blueprint.get("/")
def front() -> str:
    """Show the empty page."""
    return _show()


@blueprint.post("/")
def answer() -> str:
    """Judge what was pasted and show the answer."""
    return judge(request.form.get("text", ""))


def judge(text: str) -> str:
    """Return the page with the answer to a text.

    Raises:
        InputError: the text cannot be judged.
    """
    detector, language = current_detector(), page_language()
    # A bare number says nothing of its language: then that of the reader is the best guess.
    hint = language if language in detector.languages.languages else None
    # Browsers send line ends as CRLF; what was pasted had one character there.
    return _show(detector.check(detector.accept(text.replace("\r\n", "\n"), hint)))


def show_found(text: str) -> str:
    """Return the page with words that were read from a picture, to be corrected and judged."""
    return _show(text=text, is_found=True)


def show_error(code: str, values: Mapping[str, str] | None = None) -> str:
    """Return the page with what went wrong and, if there is any, the text that was sent."""
    sentence = str(ERRORS.get(code, OTHER_ERROR)) % (values or {})
    # A body over the limit cannot be read again.
    text = request.form.get("text", "") if code == "text-too-long" else ""
    return _show(error=sentence, text=text.replace("\r\n", "\n"))


def _show(
    verdict: Verdict | None = None, text: str = "", error: str = "", *, is_found: bool = False
) -> str:
    shown: dict[str, Any] = {"text": text, "error": error, "is_found": is_found}
    shown["examples"] = EXAMPLES
    if verdict is not None:
        shown |= _answer(verdict, page_language())
    return render_template("page.html", **shown)


def _answer(verdict: Verdict, language: str) -> dict[str, Any]:
    result = render.as_object(verdict, language)
    known = advice.catalogue()
    name = verdict.marketplace_name
    checked = min(entry.checked for entry in current_detector().marketplace.channels)
    answer = {
        "text": verdict.text,
        "answer": result,
        "sentence": render.verdict_sentence(verdict, language),
        "pieces": pieces(verdict),
        "quotes": [quotes(verdict, finding) for finding in verdict.findings],
        "statuses": {key: translate(msgid, language) for key, msgid in render.STATUSES.items()},
        "kinds": {key: translate(msgid, language) for key, msgid in render.KINDS.items()},
        "now": [entry for entry in result["advice"] if entry["id"] not in AFTERWARDS],
        # Always there: who has paid is not helped by a verdict that did not expect it.
        "later": [
            {"question": ask, "text": translate(known[id].text, language, marketplace=name)}
            for id, ask in AFTERWARDS.items()
        ],
        "checked": shown_date(checked),
        "report": " ".join(
            (verdict.level.label, *(f.id for f in verdict.findings), verdict.rulebook[:12])
        ),
    }
    return answer | {"summary": _summary(verdict, answer, language)}


def _summary(verdict: Verdict, answer: Mapping[str, Any], language: str) -> str:
    """Return the answer as plain text for a chat, without anything that a chat makes a link of."""
    result = answer["answer"]
    lines = [f"scamcheck: {answer['sentence']}"]
    # Without the classifier's known case: its contacts are as tappable as any other.
    plain = (replace(finding, example="") for finding in verdict.findings)
    lines += [f"- {render.finding_sentence(verdict, finding, language)[0]}" for finding in plain]
    for contact in result["contacts"]:
        value = contact["value"].replace(".", "[.]").replace("@", "[@]")
        lines.append(f"- {value}: {answer['statuses'][contact['status']]}")
    lines += ["", gettext("What to do now") + ":"]
    lines += [f"- {entry['text']}" for entry in answer["now"]]
    return "\n".join(lines)
