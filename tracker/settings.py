"""Settings of one installation: `tracker.toml`, overridden by environment variables that begin with `TRACKER_`."""

import ipaddress
import os
import re
import sys
import tomllib
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from tracker import __version__
from tracker.errors import SettingsError
from tracker.hosts import is_within
from tracker.setting_kinds import (
    Days,
    Delay,
    Memory,
    OneLine,
    Patience,
    ReadableFile,
    SomeDays,
    SomeHours,
    Spacing,
    Times,
    Wait,
    WebAddress,
    can_be_asked,
    listed,
)


def default_data_dir() -> Path:
    """Return the platform's folder for application data."""
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home())) / "tracker"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "tracker"
    return Path(os.environ.get("XDG_DATA_HOME", Path.home() / ".local" / "share")) / "tracker"


class _SecretFiles(PydanticBaseSettingsSource):
    """Reads secrets from files that variables name, as containers have them: `TRACKER_PROXY_FILE` for `proxy`."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """Return the value of one setting; None where no file is named."""
        path = os.environ.get(f"TRACKER_{field_name.upper()}_FILE") if is_secret(field) else None
        return (_first_line(field_name, path) if path else None), field_name, False

    def __call__(self) -> dict[str, Any]:
        """Return what files hold."""
        fields = self.settings_cls.model_fields
        found = {name: self.get_field_value(field, name)[0] for name, field in fields.items()}
        return {name: value for name, value in found.items() if value is not None}


class _TomlFile(TomlConfigSettingsSource):
    """Reads `tracker.toml`, where a secret may be named by its file too: `proxy_file` for `proxy`."""

    def __call__(self) -> dict[str, Any]:
        """Return what the file says."""
        told = super().__call__()
        for name, field in self.settings_cls.model_fields.items():
            if is_secret(field) and (path := told.pop(f"{name}_file", None)) is not None:
                told[name] = _first_line(name, str(path))
        return told


def is_secret(field: FieldInfo) -> bool:
    """Return whether a setting is one that no log, page or export may show."""
    return SecretStr in (field.annotation, *get_args(field.annotation))


def _first_line(name: str, path: str) -> str:
    try:
        lines = Path(path).expanduser().read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or "is no text"
        raise SettingsError(f"{name}: the file {path} that holds it cannot be read: {reason}") from None
    if not lines or not lines[0].strip():
        raise SettingsError(f"{name}: the file {path} that should hold it is empty")
    return lines[0].strip()


class Settings(BaseSettings):
    """One typed object for everything that differs between installations. Durations are in seconds."""

    model_config = SettingsConfigDict(
        env_prefix="TRACKER_",
        toml_file="tracker.toml",
        extra="forbid",
        frozen=True,
    )

    data_dir: Path = Field(default_factory=default_data_dir)
    """Folder of the SQLite store and its backups."""
    database_url: SecretStr | None = None
    """Address of the store; without it an SQLite file in `data_dir`."""
    sources: Path = Path("sources.toml")
    """The file that says what is followed and how."""
    lexicon_overlays: Annotated[tuple[Path, ...], NoDecode] = Field(default_factory=tuple)
    """Files and folders that extend the words by which changes are judged; later ones win."""

    contact: OneLine | None = None
    """Address or page put into the user agent, so that site owners can reach you."""
    public_url: WebAddress | None = None
    """Where readers reach the web pages; until set, messages link to the followed page and name a command."""
    time_zone: str = "UTC"
    """Zone of the times that people read."""

    proxy: SecretStr | None = None
    """Proxy for all outgoing requests."""
    no_proxy: Annotated[tuple[str, ...], NoDecode] = Field(default_factory=tuple)
    """Hosts and domains that are asked without the proxy; this machine always is."""
    ca_bundle: ReadableFile | None = None
    """File of certificate authorities to trust instead of the built-in ones."""
    allow_private_addresses: bool = False
    """Allow fetching from private, loopback and link-local addresses (for intranets and tests)."""

    timestamp_authority: Annotated[str | None, Field(pattern="^https?://[^/@]+(/.*)?$")] = None
    """Address of an RFC 3161 authority that puts a time stamp on evidence; needs the extra `timestamp`."""

    save_to_archive: bool = False
    """Ask the Internet Archive to keep the pages of a change that was confirmed as material."""
    archive_keys: SecretStr | None = None
    """Keys of an account there, `access:secret`: it takes more pages, and sooner, from those who have them."""

    keep_raw: Annotated[str, Field(pattern="^(all|versions|latest)$")] = "all"
    """Captures that keep their bytes: all, those that brought a new text, or the newest of each page alone."""
    keep_raw_days: Annotated[float, Field(ge=0, le=36_500, allow_inf_nan=False)] = 90
    """Younger captures keep them in any case."""

    connect_timeout: Patience = 10
    read_timeout: Patience = 30
    fetch_deadline: Patience = 90
    """Seconds one fetch may take in all, redirects and body included."""
    max_bytes: Annotated[int, Field(gt=0, le=10_000_000_000)] = 20_000_000
    """Largest body accepted, after decompression."""
    max_redirects: Annotated[int, Field(ge=0, le=100)] = 10
    host_delay: Spacing = 5
    """Seconds between two requests to one host."""
    fetch_threads: Annotated[int, Field(gt=0, le=1_000)] = 8
    render: Annotated[str, Field(pattern="^(auto|never|always)$")] = "auto"
    """Whether pages are read in a browser, where a source does not say: `auto` if it shows nothing without one."""
    browser: Path | None = None
    """The Chromium to read them in; by default the system's."""
    browser_sandbox: bool = True
    """Keep Chromium in its own sandbox; off where a container forbids what that needs. Root never has it."""
    browsers: Annotated[int, Field(gt=0, le=100)] = 1
    """Browsers that run at one time."""
    render_deadline: Patience = 60
    """Seconds that rendering one page may take in all."""
    render_memory: Memory = 1_000_000_000
    """Bytes of memory that one browser may take."""
    document_seconds: Annotated[int, Field(gt=0, le=86_400)] = 60
    document_memory: Memory = 1_500_000_000
    """What reading one PDF or very large page may take: seconds of a core, and bytes of its process in all."""
    compare_processes: Annotated[int, Field(ge=0, le=256)] = 1
    """Processes for heavy compares; 0 compares in the fetching thread."""
    retry_base: Wait = 900
    """Seconds to the next try after a first failure; doubles with each further one."""
    retry_cap: Wait = 86_400

    confirm_delay: Delay = 1_800
    """Seconds between a material change and the second fetch that confirms it; 0 alerts at once."""
    held_checks: Times = 5
    held_days: Days = 3
    """A suspect text that stays the same over so many checks and days is accepted and judged."""
    held_below: Annotated[float, Field(ge=0, lt=1, allow_inf_nan=False)] = 0.4
    held_above: Annotated[float, Field(gt=1, le=1_000_000, allow_inf_nan=False)] = 2.5
    """A text with fewer words than this share of its usual number, or with more than that, is suspect."""
    unstable_returns: Times = 3
    unstable_checks: Times = 20
    """A source that came back to an earlier text in so many of its last checks is unstable: its flips do not alert."""
    stable_checks: Times = 6
    """It is stable again once one text held for so many checks in a row."""

    delivery_retry_base: Wait = 60
    delivery_retry_cap: Wait = 21_600
    delivery_attempts: Times = 15
    """Tries before a delivery is dead-lettered."""
    templates: Path | None = None
    """Folder of your own templates of messages, in place of those that come along."""
    digest_hour: Annotated[int, Field(ge=0, le=23)] = 7
    """Hour of the day, in `time_zone`, at which daily digests leave."""

    alarm_failures: Times = 5
    alarm_days: SomeDays = 7
    """A source that failed so often in a row, or that was not fetched for so many days, is told of to operators."""
    alarm_disk_free: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] = 0.05
    """So is the disk of the store (of `data_dir` with PostgreSQL) when a smaller share of it is free; 0 never."""
    heartbeat_url: SecretStr | None = None
    """Address that is asked every minute while the daemon ticks: a dead-man's switch. May hold a secret."""

    deadline_reminders: Annotated[tuple[Annotated[int, Field(ge=0, le=365)], ...], NoDecode] = (14, 3)
    """Days before an announced change takes effect, or the time to object ends, at which people are reminded."""

    subscription_mail: SecretStr | None = None
    """Mail server by which readers who subscribe get mail, as an Apprise address; without it nobody can subscribe."""
    subscription_domains: Annotated[tuple[str, ...], NoDecode] = Field(default_factory=tuple)
    """Domains of the addresses that may subscribe, with all below them; empty allows every address."""

    web_host: str = "127.0.0.1"
    web_port: Annotated[int, Field(ge=0, le=65_535)] = 8350
    """Address of the health endpoint and the pages; port 0 takes any free one."""
    session_hours: SomeHours = 72
    session_days: SomeDays = 30
    """A browser stays logged in for so many hours after it was used last, and for so many days in all."""
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = Field(default_factory=tuple)
    """Addresses or networks of proxies whose headers say who asks; headers of others mean nothing."""
    proxy_user_header: str | None = None
    """Header in which a trusted proxy names the person it logged in."""
    proxy_role_header: str | None = None
    """Header in which it says their role; without it everybody has `proxy_role`."""
    proxy_role: Annotated[str, Field(pattern="^(reader|reviewer|admin)$")] = "reader"
    tick: Patience = 5
    """Seconds between two looks of the daemon at what is due."""
    stop_deadline: Patience = 20
    """Seconds running fetches and deliveries may take to finish after a stop was asked for."""
    log_format: Annotated[str, Field(pattern="^(console|json)$")] = "console"
    log_level: Annotated[str, Field(pattern="^(debug|info|warning|error)$")] = "info"

    @field_validator("trusted_proxies", mode="before")
    @classmethod
    def _networks(cls, value: Any) -> Any:
        networks = listed(value, ",")
        for network in networks:
            ipaddress.ip_network(network, strict=False)
        return networks

    @field_validator("lexicon_overlays", mode="before")
    @classmethod
    def _listed(cls, value: Any) -> Any:
        return listed(value, os.pathsep)

    @field_validator("no_proxy", "subscription_domains", mode="before")
    @classmethod
    def _hosts(cls, value: Any) -> Any:
        return [host.lower().lstrip("*@").strip(".") for host in listed(value, ",")]

    @field_validator("subscription_mail")
    @classmethod
    def _mail_server(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not value.get_secret_value().startswith(("mailto://", "mailtos://")):
            raise ValueError("write an address that begins with mailtos:// or mailto://")
        return value

    @field_validator("proxy")
    @classmethod
    def _usable_proxy(cls, value: SecretStr | None) -> SecretStr | None:
        """Let pass what every way out of here can use: through others, such as SOCKS, no mail could be sent."""
        if value is not None and not can_be_asked(value.get_secret_value()):
            raise ValueError("is no address of a proxy; write one that begins with http:// or https://")
        return value

    @field_validator("archive_keys")
    @classmethod
    def _two_keys(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not re.fullmatch(r"[!-9;-~]+:[!-9;-~]+", value.get_secret_value()):
            raise ValueError("write access:secret, the two keys of the account")
        return value

    @field_validator("deadline_reminders", mode="before")
    @classmethod
    def _days(cls, value: Any) -> Any:
        """Read a text, as a variable holds it: numbers set off by commas, or a JSON list of them; blank is none."""
        return [part for part in value.strip("[] ").split(",") if part.strip()] if isinstance(value, str) else value

    @field_validator("heartbeat_url")
    @classmethod
    def _web_address(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not value.get_secret_value().startswith(("https://", "http://")):
            raise ValueError("is no web address; it must start with https:// or http://")
        return value

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"unknown time zone {value!r}; write one like 'Europe/Berlin'") from error
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - required by the base class
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - required by the base class
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments win over the environment, the environment over the file."""
        return init_settings, env_settings, _SecretFiles(settings_cls), _TomlFile(settings_cls)

    @property
    def zone(self) -> ZoneInfo:
        """Return `time_zone` as an object."""
        return ZoneInfo(self.time_zone)

    def proxy_for(self, host: str) -> str | None:
        """Return the address of the proxy through which a host is asked; None where it is asked directly."""
        name = host.lower().strip("[].")
        direct = name == "localhost" or any(is_within(name, one) for one in self.no_proxy)
        if self.proxy is None or direct:
            return None
        try:
            this_machine = ipaddress.ip_address(name).is_loopback
        except ValueError:
            this_machine = False
        return None if this_machine else self.proxy.get_secret_value()

    @property
    def store_url(self) -> str:
        """Return the SQLAlchemy address of the store."""
        if self.database_url is not None:
            url = self.database_url.get_secret_value()
            return url.replace("postgresql://", "postgresql+psycopg://", 1)
        return f"sqlite:///{self.data_dir.expanduser().absolute() / 'tracker.sqlite'}"

    @property
    def user_agent(self) -> str:
        """Return how the tracker names itself to hosts."""
        contact = f"; {self.contact}" if self.contact else ""
        return f"policy-tracker/{__version__} (policy change monitor{contact})"

    @property
    def session_span(self) -> timedelta:
        """Return `session_hours` as a span."""
        return timedelta(hours=self.session_hours)

    @property
    def session_most(self) -> timedelta:
        """Return `session_days` as a span."""
        return timedelta(days=self.session_days)

    @property
    def held_span(self) -> timedelta:
        """Return `held_days` as a span."""
        return timedelta(days=self.held_days)

    @property
    def held_sizes(self) -> tuple[float, float]:
        """Return `held_below` and `held_above`."""
        return self.held_below, self.held_above


def load_settings(**overrides: Any) -> Settings:
    """Return the settings of this process.

    Raises:
        SettingsError: a value is wrong or a key unknown, or `tracker.toml` cannot be read; the message names each.

    """
    try:
        return Settings(**overrides)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"tracker.toml is no TOML: {error}; mend it there") from None
    except ValidationError as error:
        lines = [
            f"{'.'.join(str(part) for part in item['loc']) or 'settings'}: {item['msg']}" for item in error.errors()
        ]
        raise SettingsError("Wrong setting in tracker.toml or a TRACKER_ variable: " + "; ".join(lines)) from None
