"""The table of settings, and the frozen Settings that a process is given."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

from optiid.settings import machine

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PREFIX = "OPTIID_"
LIMITS_TABLE = "limits"
MIB = 1024 * 1024

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Setting:
    """One line of the table; `table` is the TOML table that holds it ("" = the top of the file)."""

    name: str
    type: str
    default: Any
    help: str
    table: str
    choices: tuple[str, ...]
    least: float | None
    secret: bool

    @property
    def key(self) -> str:
        """Return the dotted name that the TOML file uses."""
        return f"{self.table}.{self.name}".lstrip(".")

    @property
    def variable(self) -> str:
        """Return the environment variable."""
        return PREFIX + self.name.upper()


def _setting(
    default: Value, text: str, *, choices: tuple[str, ...] = (), least: float | None = None, secret: bool = False
) -> Value:
    about = {"help": text, "table": "", "choices": choices, "least": least, "secret": secret}
    return field(default=default, repr=not secret, metadata=about)


def _limit(default: Value, text: str) -> Value:
    about = {"help": text, "table": LIMITS_TABLE, "choices": (), "least": 1, "secret": False}
    return field(default=default, metadata=about)


@dataclass(frozen=True)
class Settings:
    """What a process was told. Nothing reads the environment after this was made."""

    home: str = _setting("./var", "Folder of the data; SQLite's database lives there. Made when missing.")
    database_url: str = _setting(
        "",
        "Where the data is: `postgresql://user:password@host/name`, `sqlite:///path`; empty: SQLite in `home`.",
        secret=True,
    )
    shards: tuple[tuple[str, str], ...] = _setting(
        (),
        "Further databases that organizations are dealt out to: `NAME=URL`, separated by blanks (sharding.md).",
        secret=True,
    )
    public_url: str = _setting(
        "", "Address under which clients reach the service; links come from it alone. Empty: `http://HOST:PORT`."
    )
    host: str = _setting("127.0.0.1", "Address to listen on.")
    port: int = _setting(8000, "Port to listen on.", least=1)
    workers: int = _setting(0, "Number of worker processes; 0: what fits the machine (operating.md).", least=0)
    threads: int = _setting(12, "Number of threads of each worker.", least=1)
    trusted_proxies: tuple[str, ...] | None = _setting(
        None,
        "Addresses and networks of proxies in front, by comma: their forwarding headers count, and their connections"
        " are not limited. Not given: `127.0.0.1` and `::1`.",
    )
    drain_seconds: float = _setting(
        0.0, "How long a stop waits, with `/readyz` at 503, for load balancers to turn away.", least=0
    )
    profiles_enabled: tuple[str, ...] | None = _setting(
        None, "Names of the profiles that may be used, by comma. Not given: all that are found."
    )
    profiles_folder: str = _setting("", "Folder with profiles of your own, used beside the shipped ones.")
    rate_limit_enabled: bool = _setting(
        default=True, text="Whether requests are limited: of connections, of organizations, and of keys."
    )
    log_level: str = _setting(
        "info", "Least weight of what is logged.", choices=("debug", "info", "warning", "error", "critical")
    )
    log_format: str = _setting(
        "json", "JSON lines, or one short line per request for people.", choices=("json", "text")
    )
    trace_hooks: bool = _setting(default=False, text="Whether each call of a profile's hook is logged (slow).")
    database_pool: int = _setting(16, "Most connections of a worker to PostgreSQL.", least=1)
    prepare_statements: bool = _setting(
        default=True, text="Whether PostgreSQL keeps statements ready; not behind a PgBouncer before 1.22 (growing.md)."
    )
    busy_timeout_seconds: float = _setting(5.0, "How long a write waits for another before it gives up.", least=0)
    last_used_interval_seconds: float = _setting(60.0, "How often at most a token's last use is written down.", least=0)
    logbook: str = _setting(
        "bodies",
        "What the logbook keeps of provisioning requests: nothing, names of attributes, what was sent, or values"
        " before and after, too.",
        choices=("off", "names", "bodies", "values"),
    )
    logbook_retention_days: int = _setting(30, "How long a line of the logbook is kept.", least=1)
    tombstone_retention_days: int = _setting(
        30,
        "How long a deleted user can still be restored, unless the rules of the organization say otherwise.",
        least=1,
    )
    arrival_seconds: float = _limit(10.0, "How long a request may take to arrive, in seconds.")
    connections_per_address: int = _limit(256, "Most open connections of an address that is no trusted proxy.")
    requests_at_once: int = _limit(
        64, "Most reading and as many writing requests of a worker that run or wait; more are answered 503 at once."
    )
    organization_requests: int = _limit(400, "Most requests of an organization per second, over all its connections.")
    organization_burst: int = _limit(2000, "Most requests of an organization at once.")
    key_requests: int = _limit(50, "Most requests per second that bear one key of the admin API.")
    key_burst: int = _limit(500, "Most requests at once that bear one key of the admin API.")
    failures_per_address: int = _limit(
        60, "Most requests of an address without a usable token within a minute; more are answered 429, not 401."
    )
    body_limit: int = _limit(MIB, "Largest request body in bytes.")
    group_body_limit: int = _limit(32 * MIB, "Largest body of a group request in bytes.")
    bulk_body_limit: int = _limit(4 * MIB, "Largest body of a bulk request in bytes.")
    bulk_operations: int = _limit(1000, "Most operations in a bulk request.")
    bulk_seconds: float = _limit(20.0, "Longest run of a bulk in seconds; the rest of it is answered 503.")
    json_depth: int = _limit(32, "Deepest nesting of a body.")
    filter_length: int = _limit(8192, "Longest filter in bytes.")
    filter_depth: int = _limit(32, "Deepest nesting of a filter.")
    filter_terms: int = _limit(100, "Most comparisons in a filter.")
    path_length: int = _limit(1024, "Longest PATCH path in characters.")
    patch_operations: int = _limit(1000, "Most operations in a PATCH.")
    values_limit: int = _limit(1000, "Most values of a multi-valued attribute, members aside.")
    members_limit: int = _limit(100_000, "Most members in one request.")
    string_length: int = _limit(4096, "Longest text value in characters.")
    page_default: int = _limit(100, "Resources on a page when the client names no count.")
    page_limit: int = _limit(200, "Most resources on a page.")
    cursor_timeout_seconds: int = _limit(3600, "How long the cursor of a page can be used, in seconds.")
    profiles: Mapping[str, Mapping[str, Any]] = field(
        default_factory=lambda: MappingProxyType({}),
        metadata={"help": "Defaults of a profile's connection settings, by name of the profile."},
    )
    profile_origins: Mapping[str, Mapping[str, str]] = field(
        default_factory=lambda: MappingProxyType({}),
        metadata={"help": "Where each of these defaults was found, for people: a file or a variable."},
    )

    def __post_init__(self) -> None:
        """Put the number of workers that fits the machine where none was given."""
        if not self.workers:
            fitting = machine.best_workers(machine.processors(), machine.memory())
            object.__setattr__(self, "workers", fitting)  # the way to fill a field of what is frozen

    @property
    def public_origin(self) -> str:
        """Return `public_url`, or what follows from the address this process listens on."""
        if self.public_url:
            return self.public_url.rstrip("/")
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    @property
    def scim_base_url(self) -> str:
        """Return the base URL that administrators give to their identity provider."""
        return self.public_origin + "/scim/v2"


def _table() -> Iterator[Setting]:
    for entry in fields(Settings):
        if "table" in entry.metadata:
            yield Setting(name=entry.name, type=str(entry.type), default=entry.default, **entry.metadata)


SETTINGS: tuple[Setting, ...] = tuple(_table())
