"""What makes the page an app of the phone: the manifest and the way in from "Share"."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request, url_for
from flask_babel import gettext

from webapp import page, picture
from webapp.view import page_language, text_direction

blueprint = Blueprint("install", __name__)


@blueprint.get("/manifest.webmanifest")
def manifest() -> Response:
    """Describe the app to the phone, in the language of the page."""
    language = page_language()
    icons = [
        {
            "src": url_for("static", filename=f"icon-{size}.png"),
            "sizes": f"{size}x{size}",
            "type": "image/png",
            "purpose": purpose,
        }
        for size in (192, 512)
        for purpose in ("any", "maskable")
    ]
    answer = jsonify(
        id="/",
        name=gettext("scamcheck: is this message genuine?"),
        short_name="scamcheck",
        description=gettext("Tells whether a message or contact is a known fraud pattern."),
        lang=language,
        dir=text_direction(language),
        start_url=url_for("page.front"),
        scope="/",
        display="standalone",
        background_color="#ffffff",
        theme_color="#0b57d0",
        icons=icons,
        share_target={
            "action": url_for("install.share"),
            "method": "POST",
            "enctype": "multipart/form-data",
            "params": {
                "title": "title",
                "text": "text",
                "url": "url",
                "files": [{"name": "image", "accept": list(picture.TYPES)}],
            },
        },
    )
    answer.content_type = "application/manifest+json"
    return answer


@blueprint.post("/share")
def share() -> str:
    """Judge what another app handed over: a picture, or title, text and address once each."""
    request.max_content_length = picture.LIMIT + 10_000
    image = request.files.get("image")
    if image is not None and image.filename:
        return picture.show(image)
    parts = [request.form.get(name, "").strip() for name in ("title", "text", "url")]
    # Many apps repeat the address or the title within the text.
    kept = [
        part
        for place, part in enumerate(parts)
        if part and not any(part in other for n, other in enumerate(parts) if _outranks(n, place))
    ]
    return page.judge("\n".join(kept))


def _outranks(other: int, place: int) -> bool:
    # The text is what was shared; title and address only add to it.
    return other == 1 and place != 1
