"""The page: paste, read the verdict, know what to do. It needs no JavaScript."""

from __future__ import annotations

from dataclasses import dataclass

from babel import Locale
from flask import Blueprint, current_app, render_template, request
from flask_babel import get_locale

from detector import Detector, render
from detector.translate import available, translate
from detector.types import Verdict

blueprint = Blueprint("page", __name__)


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the pasted text and the numbers of the reasons that point at it."""

    text: str
    reasons: tuple[int, ...]


def pieces(verdict: Verdict) -> list[Piece]:
    """Cut the pasted text where a reason begins or ends; no character is lost."""
    cuts = {0, len(verdict.text)}
    for finding in verdict.findings:
        for start, end in finding.spans:
            cuts |= {start, end}
    ordered = sorted(cuts)
    return [
        Piece(
            verdict.text[start:end],
            tuple(
                number
                for number, finding in enumerate(verdict.findings, 1)
                if any(s <= start and end <= e for s, e in finding.spans)
            ),
        )
        for start, end in zip(ordered, ordered[1:], strict=False)
    ]


def show(verdict: Verdict | None = None, text: str = "", error: str = "") -> str:
    """Render the page, with an answer or an error if there is one."""
    language = str(get_locale() or "en")
    languages = [(code, Locale.parse(code).get_display_name(code) or code) for code in available()]
    answer = None
    if verdict is not None:
        answer = render.as_object(verdict, language)
        answer["level"] = verdict.level.label
        answer["sentence"] = render.verdict_sentence(verdict, language)
        answer["statuses"] = {
            key: translate(msgid, language) for key, msgid in render.STATUSES.items()
        }
    return render_template(
        "page.html",
        language=language,
        direction="rtl" if Locale.parse(language).text_direction == "rtl" else "ltr",
        languages=languages,
        text=text,
        error=error,
        answer=answer,
        pieces=pieces(verdict) if verdict is not None else [],
    )


@blueprint.get("/")
def front() -> str:
    """Show the empty page."""
    return show()


@blueprint.post("/")
def answer() -> str:
    """Judge what was pasted and show the answer."""
    detector: Detector = current_app.extensions["detector"]
    # Browsers send line ends as CRLF; what was pasted had one character there.
    text = request.form.get("text", "").replace("\r\n", "\n")
    verdict = detector.check(detector.accept(text))
    return show(verdict, text)
