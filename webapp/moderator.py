"""The moderator's page: a file in, a table worst first, the result and the report out.

An upload lives in a folder of its own under the system's temporary folder, is judged in a thread,
and is gone when its owner says so, after a set time, or when the service stops. Only who knows
the address of a scan reaches it: it holds 192 random bits.
"""

from __future__ import annotations

import json
import secrets
import shutil
import sqlite3
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from flask import (
    Blueprint,
    Flask,
    Response,
    abort,
    current_app,
    redirect,
    render_template,
    request,
    send_file,
    url_for,
)
from flask_babel import lazy_gettext
from werkzeug.wrappers import Response as BaseResponse

from detector import Detector
from detector.errors import InputError
from detector.render import as_object
from detector.scan.judge import Columns, Judged
from detector.scan.run import Options, Summary, scan
from detector.scan.table import FORMATS, PACKINGS
from detector.types import Level
from webapp.view import current_detector, page_language

blueprint = Blueprint("moderator", __name__)

LIMIT = 50_000_000
"""Bytes of a file that is uploaded."""
MOST_ROWS = 200_000
MOST_SCANS = 20
"""Scans that are kept at a time."""
AT_ONCE = 2
"""Scans that are judged at a time."""
MINUTES = 30
"""How long a scan is kept after it was last looked at."""
ON_PAGE = 50
_EXCERPT = 2_000
_FORMS = {"jsonl": "jsonl", "ndjson": "jsonl", "txt": "csv"}

_TABLE = """
CREATE TABLE message (row INTEGER PRIMARY KEY, id TEXT, seller TEXT, level INTEGER, risk REAL,
    language TEXT, text TEXT, result TEXT);
CREATE TABLE finding (row INTEGER, name TEXT);
CREATE INDEX by_gravity ON message (level DESC, risk DESC, row);
CREATE INDEX by_name ON finding (name, row);
"""
PROBLEMS = {
    "no-file": lazy_gettext("Choose a file first."),
    "large-file": lazy_gettext("The file is too large for this page. Use scamcheck scan."),
    "failed": lazy_gettext("The file could not be judged."),
}


@dataclass(slots=True)
class Scan:
    """One upload. ``error`` is what went wrong, one sentence; ``is_done`` that it is over."""

    token: str
    name: str
    folder: Path
    used: float = field(default_factory=time.monotonic)
    rows: int = 0
    share: float = 0.0
    is_done: bool = False
    is_dropped: bool = False
    error: str = ""
    summary: Summary | None = None

    @property
    def source(self) -> Path:
        """The uploaded file."""
        return self.folder / f"in{_ending(self.name)}"

    @property
    def result(self) -> Path:
        """The judged file."""
        ending = _ending(self.name)
        return self.folder / f"out{'.csv' if ending.startswith('.txt') else ending}"

    @property
    def base(self) -> Path:
        """The table that the page shows."""
        return self.folder / "table"

    @property
    def report(self) -> Path:
        """The report."""
        return self.folder / "report.html"


class Scans:
    """The uploads of one application."""

    def __init__(self) -> None:
        self._scans: dict[str, Scan] = {}
        self._lock = threading.Lock()
        self._turn = threading.BoundedSemaphore(AT_ONCE)

    def add(self, name: str) -> Scan:
        """Make room for an upload.

        Raises:
            InputError: too many are kept.
        """
        self.sweep()
        with self._lock:
            if len(self._scans) >= MOST_SCANS:
                raise InputError("scans-full", "Too many scans are kept; try again later.")
            folder = Path(tempfile.mkdtemp(prefix="scamcheck-"))
            one = Scan(secrets.token_urlsafe(24), name, folder)
            self._scans[one.token] = one
        return one

    def get(self, token: str) -> Scan:
        """Return a scan; answers 404 where there is none."""
        self.sweep()
        one = self._scans.get(token)
        if one is None:
            abort(404)
        one.used = time.monotonic()
        return one

    def drop(self, one: Scan) -> None:
        """Forget a scan and delete its files."""
        with self._lock:
            self._scans.pop(one.token, None)
        one.is_dropped = True
        shutil.rmtree(one.folder, ignore_errors=True)

    def sweep(self) -> None:
        """Drop what nobody has looked at for a while."""
        limit = time.monotonic() - MINUTES * 60
        for one in [one for one in self._scans.values() if one.used < limit]:
            self.drop(one)

    def start(self, one: Scan, detector: Detector, language: str) -> threading.Thread:
        """Judge an upload in a thread."""
        thread = threading.Thread(target=self._run, args=(one, detector, language), daemon=True)
        thread.start()
        return thread

    def _run(self, one: Scan, detector: Detector, language: str) -> None:
        with self._turn:
            try:
                _judge(one, detector, language)
            except InputError as error:
                one.error = str(error).replace(str(one.source), one.name)
            except Exception as error:
                # Never the message of the error: it may quote what was uploaded.
                one.error = type(error).__name__
            finally:
                one.is_done = True
                one.source.unlink(missing_ok=True)
                if one.is_dropped:
                    shutil.rmtree(one.folder, ignore_errors=True)


def _judge(one: Scan, detector: Detector, language: str) -> None:
    with closing(sqlite3.connect(one.base)) as base:
        base.executescript(_TABLE)

        def keep(rows: Sequence[Judged], first: int, columns: Columns) -> None:
            if one.is_dropped:
                raise InputError("dropped", "The scan was deleted.")
            if first + len(rows) - 1 > MOST_ROWS:
                raise InputError(
                    "large-file", "The file has more than {most} rows; use scamcheck scan.",
                    most=str(MOST_ROWS),
                )  # fmt: skip
            _keep(base, rows, first, columns, language)

        def tell(summary: Summary, share: float | None) -> None:
            one.rows, one.share = summary.rows, share or 0.0

        options = Options(report=str(one.report), language=language)
        one.summary = scan(
            detector, str(one.source), str(one.result), Columns(), options=options, on_part=tell,
            on_rows=keep,
        )  # fmt: skip


def _keep(
    base: sqlite3.Connection, rows: Sequence[Judged], first: int, columns: Columns, language: str
) -> None:
    messages, findings = [], []
    for number, (row, verdict, _) in enumerate(rows, first):
        if verdict is None or verdict.level <= Level.OFFICIAL:
            continue
        told = as_object(verdict, language)
        names = (columns.row_id, columns.seller)
        row_id, seller = [_shown(row.fields.get(name)) if name else "" for name in names]
        text = verdict.text[:_EXCERPT].encode("utf-8", "replace").decode()
        messages.append(
            (number, row_id, seller, int(verdict.level), verdict.risk, verdict.language, text,
             json.dumps({"findings": told["findings"], "contacts": told["contacts"]}))
        )  # fmt: skip
        findings += [(number, name) for name in {finding.id for finding in verdict.findings}]
    with base:
        base.executemany("INSERT OR REPLACE INTO message VALUES (?,?,?,?,?,?,?,?)", messages)
        base.executemany("INSERT INTO finding VALUES (?, ?)", findings)


def _shown(value: object) -> str:
    return "" if value is None else str(value)[:200].encode("utf-8", "replace").decode()


def init_app(app: Flask) -> None:
    """Give an application its place for uploads."""
    app.extensions["scans"] = Scans()
    app.register_blueprint(blueprint)


def _scans() -> Scans:
    return cast(Scans, current_app.extensions["scans"])


def _ending(name: str) -> str:
    """Return the ending of a file's name that tells its format, such as ``.csv.gz``."""
    suffixes = Path(name).suffixes[-2:]
    if suffixes and suffixes[-1].lower() in PACKINGS:
        return "".join(suffixes).lower()
    return suffixes[-1].lower() if suffixes else ""


# --- the pages -----------------------------------------------------------------------------


@blueprint.get("/scan")
def ask() -> str:
    """Show the field for a file."""
    return _asked()


def _asked(problem: str = "") -> str:
    known = " ".join(dict.fromkeys((*FORMATS, *(f".csv{p}" for p in PACKINGS))))
    return render_template(
        "scan.html", problem=problem, endings=known, most_bytes=LIMIT // 1_000_000,
        most_rows=MOST_ROWS, minutes=MINUTES,
    )  # fmt: skip


@blueprint.post("/scan")
def upload() -> BaseResponse | tuple[str, int]:
    """Take a file and go to the page of its scan."""
    request.max_content_length = LIMIT + 10_000
    file = request.files.get("file")
    if file is None or not file.filename:
        return _asked(str(PROBLEMS["no-file"])), 422
    kept = (c if c.isalnum() or c in "._- " else "_" for c in Path(file.filename).name)
    name = "".join(kept)[-100:]
    with closing(file):
        one = _scans().add(name)
        if not _ending(name):
            one.name = f"{name}.csv"
        file.save(one.source)
    if one.source.stat().st_size > LIMIT:
        _scans().drop(one)
        return _asked(str(PROBLEMS["large-file"])), 413
    _scans().start(one, current_detector(), page_language())
    return redirect(url_for("moderator.show", token=one.token, lang=page_language()), 303)


@blueprint.get("/scan/<token>")
def show(token: str) -> str:
    """Show how far a scan is, or its table."""
    one = _scans().get(token)
    if not one.is_done:
        return render_template("scanning.html", scan=one, percent=round(one.share * 100))
    if one.error or one.summary is None:
        return _asked(f"{PROBLEMS['failed']} {one.error}")
    with closing(sqlite3.connect(f"file:{one.base}?mode=ro", uri=True)) as base:
        base.row_factory = sqlite3.Row
        return render_template("scanned.html", scan=one, **_table(base, one.summary))


def _table(base: sqlite3.Connection, summary: Summary) -> dict[str, Any]:
    chosen = {
        name: request.args.get(name, "") for name in ("verdict", "rule", "language", "seller")
    }
    where, values = _condition(chosen)
    total = base.execute(f"SELECT count(*) FROM message m {where}", values).fetchone()[0]
    pages = max(1, -(-total // ON_PAGE))
    page = min(max(1, request.args.get("page", 1, int)), pages)
    rows = base.execute(
        f"SELECT * FROM message m {where} ORDER BY level DESC, risk DESC, row LIMIT ? OFFSET ?",
        (*values, ON_PAGE, (page - 1) * ON_PAGE),
    ).fetchall()
    counts = "SELECT {0}, count(*) AS n FROM {1} GROUP BY {0} ORDER BY n DESC, {0} LIMIT 200"
    levels = {level.label: summary.verdicts[level.label] for level in reversed(Level)}
    return {
        "summary": summary,
        "chosen": chosen,
        "total": total,
        "page": page,
        "pages": pages,
        "rows": [_opened(row) for row in rows],
        "levels": levels,
        "largest": max(levels.values(), default=0) or 1,
        "rules": base.execute(counts.format("name", "finding")).fetchall(),
        "spoken": base.execute(counts.format("language", "message")).fetchall(),
        "sellers": base.execute(
            "SELECT seller, count(*) AS n FROM message WHERE seller <> '' GROUP BY seller"
            " ORDER BY n DESC, seller LIMIT 200"
        ).fetchall(),
        "rings": list(_rings(base)),
    }


def _condition(chosen: dict[str, str]) -> tuple[str, list[Any]]:
    parts: list[str] = []
    values: list[Any] = []
    if chosen["verdict"] in {level.label for level in Level}:
        parts.append("level = ?")
        values.append(int(Level[chosen["verdict"].upper()]))
    if chosen["rule"]:
        parts.append("row IN (SELECT row FROM finding WHERE name = ?)")
        values.append(chosen["rule"])
    for name in ("language", "seller"):
        if chosen[name]:
            parts.append(f"{name} = ?")
            values.append(chosen[name])
    return ("WHERE " + " AND ".join(parts) if parts else ""), values


def _opened(row: sqlite3.Row) -> dict[str, Any]:
    result = json.loads(row["result"])
    text = row["text"]
    spans = sorted(
        (max(0, start), min(end, len(text)))
        for finding in result["findings"]
        for start, end in finding["spans"]
        if start < len(text)
    )
    pieces: list[tuple[str, bool]] = []
    position = 0
    for start, end in spans:
        start = max(start, position)
        if end <= start:
            continue
        pieces += [(text[position:start], False), (text[start:end], True)]
        position = end
    pieces.append((text[position:], False))
    return {
        "row": row["row"], "id": row["id"], "seller": row["seller"], "risk": row["risk"],
        "verdict": Level(row["level"]).label, "language": row["language"],
        "pieces": [piece for piece in pieces if piece[0]], **result,
    }  # fmt: skip


def _rings(base: sqlite3.Connection) -> Iterator[tuple[str, int, list[str]]]:
    """Yield the contacts that several sellers use, with how many and who."""
    users: dict[str, dict[str, None]] = {}
    for seller, result in base.execute("SELECT seller, result FROM message WHERE seller <> ''"):
        for contact in json.loads(result)["contacts"]:
            if contact["status"] != "official":
                users.setdefault(contact["value"], {})[seller] = None
    shared = [(value, list(found)) for value, found in users.items() if len(found) > 1]
    for value, found in sorted(shared, key=lambda one: (-len(one[1]), one[0]))[:20]:
        yield value, len(found), sorted(found)[:20]


@blueprint.get("/scan/<token>/<what>")
def download(token: str, what: str) -> Response:
    """Hand out the judged file or the report."""
    one = _scans().get(token)
    if not one.is_done or one.error or what not in {"result", "report"}:
        abort(404)
    path = one.result if what == "result" else one.report
    name = f"scamcheck-{one.name}" if what == "result" else "scamcheck-report.html"
    if what == "result" and path.suffix != Path(one.name).suffix:
        name += path.suffix
    return send_file(path, as_attachment=True, download_name=name, max_age=0)


@blueprint.post("/scan/<token>/delete")
def delete(token: str) -> BaseResponse:
    """Delete a scan with all its files."""
    _scans().drop(_scans().get(token))
    return redirect(url_for("moderator.ask", lang=page_language()), 303)
