"""Reads marketplaces/: what is an official channel there, since when, by which source."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Literal, Self, TypeVar, get_args, get_type_hints

from detector.errors import DataError, InputError
from detector.fold import fold

FOLDER = Path(__file__).with_name("marketplaces")
T = TypeVar("T")
E = TypeVar("E", bound="Entry")
Role = Literal["official", "affiliate", "mail-transport", "group", "partner"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What every entry of the registry tells of itself.

    ``checked`` is the day somebody compared it with ``source``; after
    ``valid_days`` it must be looked at again (a test demands it). ``note`` is an
    English sentence for the reader, translated in the catalogues; it may be empty.
    """

    note: str
    source: str
    checked: date
    valid_days: int

    def is_fresh(self, today: date) -> bool:
        """Tell whether the entry still keeps its promise on the day ``today``."""
        return self.checked <= today <= self.checked + timedelta(days=self.valid_days)


@dataclass(frozen=True, slots=True, kw_only=True)
class Domain(Entry):
    """A domain and every host below it; the longest entry that fits a host decides.

    ``official``: the marketplace itself. ``affiliate``: an official host whose links
    anyone can make. ``mail-transport``: notifications come from it. ``group``: the same
    company, no support contact. ``partner``: unrelated to support, never an imitation.
    """

    domain: str
    role: Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox(Entry):
    """An e-mail address of the marketplace and the only purpose it serves."""

    address: str
    purpose: str
    status: Literal["official", "unofficial"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel(Entry):
    """A way to reach the marketplace. ``locale`` and ``hours`` are empty when unrestricted."""

    id: str
    kind: Literal["chat", "dispute", "app", "form", "report"]
    value: str
    status: Literal["official"]
    purpose: str
    locale: str
    hours: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Phone(Entry):
    """What is known of telephone lines. ``region`` is an ISO code or ``*`` for everywhere."""

    region: str
    status: Literal["none", "app-only"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Nuance(Entry):
    """Where a flat claim would be wrong; ``note`` says it in full."""

    id: str
    claim: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Brand:
    """How the name is written, and what merely looks like it.

    Attributes:
        words: unmistakable spellings in all scripts, folded.
        nicknames: everyday short forms that are also other words, folded.
        labels: the name as a domain label; a hyphen marks its two halves.
        chance_words: ordinary words that contain pieces of the name (places, names).
    """

    words: tuple[str, ...]
    nicknames: tuple[str, ...]
    labels: tuple[str, ...]
    chance_words: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Marketplace:
    """Facts about one marketplace, from one TOML file."""

    id: str
    name: str
    default: bool
    brand: Brand
    domains: tuple[Domain, ...]
    mailboxes: tuple[Mailbox, ...]
    channels: tuple[Channel, ...]
    phones: tuple[Phone, ...]
    nuances: tuple[Nuance, ...]
    _roles: Mapping[str, Role]

    def __hash__(self) -> int:
        return hash(self.id)

    @classmethod
    def load(cls, id: str, folder: Path = FOLDER) -> Self:
        """Read ``folder/id.toml``.

        Raises:
            InputError: there is no such marketplace.
            DataError: the file has an unknown, missing or wrong key.
        """
        if id not in available(folder):
            raise InputError(
                "unknown-marketplace",
                "There is no marketplace {name!r}; choose one of: {known}.",
                name=id[:40],
                known=", ".join(available(folder)),
            )
        path = folder / f"{id}.toml"
        try:
            table = tomllib.loads(path.read_text(encoding="utf-8"))
        except tomllib.TOMLDecodeError as error:
            raise DataError(path.name, "(syntax)", f"is no valid TOML: {error}") from error
        _demand_keys(path.name, "", table, _KEYS)
        if table["id"] != id:
            raise DataError(path.name, "id", f"must be {id!r}, the name of the file")
        return cls(
            id=id,
            name=_value(path.name, "name", table["name"], str),
            default=_value(path.name, "default", table["default"], bool),
            brand=_read_brand(path.name, table["brand"]),
            domains=(domains := _read_entries(path.name, "domains", table["domains"], Domain)),
            mailboxes=_read_entries(path.name, "mailboxes", table["mailboxes"], Mailbox),
            channels=_read_entries(path.name, "channels", table["channels"], Channel),
            phones=_read_entries(path.name, "phones", table["phones"], Phone),
            nuances=_read_entries(path.name, "nuances", table["nuances"], Nuance),
            _roles={domain.domain: domain.role for domain in domains},
        )

    @property
    def brand_words(self) -> tuple[str, ...]:
        """The unmistakable spellings of the name, folded."""
        return self.brand.words

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Everything that promises to have been checked."""
        return (*self.domains, *self.mailboxes, *self.channels, *self.phones, *self.nuances)

    def role(self, host: str) -> Role | None:
        """Return what a host (lower case, ASCII) is here, or None for a stranger."""
        host = host.rstrip(".")
        while host:
            if host in self._roles:
                return self._roles[host]
            host = host.partition(".")[2]
        return None

    def is_official_host(self, host: str) -> bool:
        """Tell whether the marketplace itself runs the host (affiliate hosts included)."""
        return self.role(host) in {"official", "affiliate", "mail-transport"}

    def is_affiliate_host(self, host: str) -> bool:
        """Tell whether anyone can make links on this official host."""
        return self.role(host) == "affiliate"

    def is_group_host(self, host: str) -> bool:
        """Tell whether the host belongs to the same company, but is no support contact."""
        return self.role(host) == "group"

    def is_brand_email_domain(self, domain: str) -> bool:
        """Tell whether an address at ``domain`` seems to be the marketplace's own."""
        return self.is_official_host(domain)

    def is_mail_transport(self, domain: str) -> bool:
        """Tell whether notifications really come from ``domain``."""
        return self.role(domain) == "mail-transport"

    def mailbox(self, address: str) -> Mailbox | None:
        """Return the registered mailbox with this address in any case, or None."""
        wanted = address.lower()
        return next((box for box in self.mailboxes if box.address.lower() == wanted), None)


@lru_cache(maxsize=8)
def available(folder: Path = FOLDER) -> tuple[str, ...]:
    """Return the ids of the marketplaces in ``folder``, sorted."""
    return tuple(sorted(path.stem for path in folder.glob("*.toml")))


@lru_cache(maxsize=8)
def default_id(folder: Path = FOLDER) -> str:
    """Return the id of the one marketplace whose file says ``default = true``.

    Raises:
        DataError: none or several say so.
    """
    chosen = [id for id in available(folder) if Marketplace.load(id, folder).default]
    if len(chosen) != 1:
        raise DataError(str(folder.name), "default", "set it to true in exactly one file")
    return chosen[0]


_KEYS = frozenset(field.name for field in fields(Marketplace) if field.name != "_roles")


def _demand_keys(file: str, where: str, table: object, keys: frozenset[str]) -> None:
    if not isinstance(table, dict):
        raise DataError(file, where, "must be a table")
    prefix = f"{where}." if where else ""
    for key in sorted(set(table) - keys):
        raise DataError(file, prefix + key, f"is unknown; use one of {', '.join(sorted(keys))}")
    for key in sorted(keys - set(table)):
        raise DataError(file, prefix + key, "is missing; add it")


def _value(file: str, key: str, value: object, kind: type[T]) -> T:
    # type() and not isinstance(): to Python True is also an int.
    if type(value) is not kind:
        raise DataError(file, key, f"must be a {kind.__name__}, not {type(value).__name__}")
    return value


def _read_brand(file: str, table: object) -> Brand:
    _demand_keys(file, "brand", table, frozenset(field.name for field in fields(Brand)))
    assert isinstance(table, dict)
    lists: dict[str, tuple[str, ...]] = {}
    for key, words in table.items():
        if not isinstance(words, list) or not all(isinstance(w, str) and w for w in words):
            raise DataError(file, f"brand.{key}", "must be a list of words")
        # Folded words compare with folded texts; order kept, doubles gone.
        lists[key] = tuple(dict.fromkeys(fold(word).text for word in words))
    return Brand(**lists)


def _read_entries(file: str, name: str, rows: object, kind: type[E]) -> tuple[E, ...]:
    if not isinstance(rows, list):
        raise DataError(file, name, f"must be a list of tables: write [[{name}]]")
    hints = get_type_hints(kind)
    entries = []
    for number, row in enumerate(rows, 1):
        where = f"{name}[{number}]"
        _demand_keys(file, where, row, frozenset(hints))
        for key, value in row.items():
            allowed = get_args(hints[key])
            if allowed and value not in allowed:
                raise DataError(file, f"{where}.{key}", f"must be one of {', '.join(allowed)}")
            if not allowed:
                _value(file, f"{where}.{key}", value, hints[key])
        entries.append(kind(**row))
    return tuple(entries)
