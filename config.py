"""What the machine decides: typed settings from the environment or `.env`, and the two secrets in the data folder."""

import contextlib
import ipaddress
import os
import secrets
from functools import lru_cache
from pathlib import Path

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent

Target = str | ipaddress.IPv4Network | ipaddress.IPv6Network


class Settings(BaseSettings):
    """One attribute per setting; the README lists each with its default. What the office decides is in the database."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", frozen=True)

    host: str = Field("127.0.0.1", description="the address that the web process listens on")
    port: int = Field(8000, ge=1, le=65_535, description="the port that the web process listens on")
    sandbox_port: int = Field(2525, ge=1, le=65_535, description="the port of the built-in mail sandbox, on loopback")
    data_dir: Path = Field(ROOT / "data", description="the folder for the database, the secrets, mail and logs")
    database_url: str = Field("", description="empty for SQLite in the data folder, or postgresql://...")
    trusted_proxies: str = Field("", description="networks, comma-separated, whose X-Forwarded-* we believe")
    web_threads: int = Field(8, ge=1, le=64, description="threads of the web process")
    smtp_timeout_ms: int = Field(30_000, ge=50, description="how long a mail server may stay silent, in milliseconds")
    smtp_connections: int = Field(10, ge=1, le=100, description="connections at once to the mail server of the office")
    network_timeout_ms: int = Field(30_000, ge=50, description="how long a social network may take, in milliseconds")
    internal_hosts: str = Field("", description="internal machines that may be fetched from: host:port, network:port")
    dns_server: str = Field("", description="the name server to ask, as address or address:port; empty: the machine's")
    time_server: str = Field("pool.ntp.org", description="the time server to compare the clock with; empty: none")
    log_level: str = Field("INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$", description="what goes to the log")

    @field_validator("data_dir", mode="before")
    @classmethod
    def _never_nowhere(cls, value: object) -> object:
        # An empty path would mean the folder that somebody happens to stand in.
        return value or ROOT / "data"

    @field_validator("data_dir")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().resolve()

    @field_validator("database_url")
    @classmethod
    def _known_engine(cls, value: str) -> str:
        if value and not value.startswith(("postgresql://", "postgresql+psycopg://", "sqlite:///")):
            raise ValueError("must be empty or begin with postgresql://")
        return value

    @field_validator("dns_server")
    @classmethod
    def _an_address(cls, value: str) -> str:
        if value:
            ipaddress.ip_address(_host_and_port(value, 53)[0])
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, value: str) -> str:
        for part in filter(None, (part.strip() for part in value.split(","))):
            ipaddress.ip_network(part, strict=False)
        return value

    @field_validator("internal_hosts")
    @classmethod
    def _targets(cls, value: str) -> str:
        _internal_targets(value)
        return value

    @property
    def engine_url(self) -> str:
        """The SQLAlchemy address of the database."""
        if not self.database_url:
            return f"sqlite:///{self.data_dir / 'outreach.sqlite'}"
        return self.database_url.replace("postgresql://", "postgresql+psycopg://", 1)

    @property
    def proxy_networks(self) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
        """The trusted proxies as networks."""
        parts = (part.strip() for part in self.trusted_proxies.split(","))
        return [ipaddress.ip_network(part, strict=False) for part in parts if part]

    @property
    def internal_targets(self) -> tuple[tuple[Target, int | None], ...]:
        """What INTERNAL_HOSTS lets through: a name or a network, and its port (None for "*", any)."""
        return _internal_targets(self.internal_hosts)

    @property
    def dns_address(self) -> tuple[str, int]:
        """The name server to ask, empty for those of the machine, and its port."""
        return _host_and_port(self.dns_server, 53)

    @property
    def time_address(self) -> tuple[str, int]:
        """The time server to ask, empty for none, and its port."""
        return _host_and_port(self.time_server, 123)

    @property
    def secret_key(self) -> bytes:
        """32 random bytes that sign and encrypt; made on first use, mode 0600."""
        return _secret(self.data_dir / "secret_key")

    @property
    def pepper(self) -> bytes:
        """32 random bytes for the fingerprints of addresses, apart from the database; mode 0600."""
        return _secret(self.data_dir / "pepper")

    @property
    def sandbox_dir(self) -> Path:
        """Where the mail sandbox keeps its messages."""
        return self.data_dir / "sandbox"


@lru_cache(maxsize=8)
def _internal_targets(text: str) -> tuple[tuple[Target, int | None], ...]:
    found: list[tuple[Target, int | None]] = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        host, _, port = part.rpartition(":")
        if not host or not (port == "*" or (port.isdigit() and 0 < int(port) < 65_536)):
            raise ValueError(f"“{part}” must be host:port or network:port, with * for any port")
        found.append((_target(host.strip("[]").lower()), None if port == "*" else int(port)))
    return tuple(found)


def _target(host: str) -> Target:
    try:
        return ipaddress.ip_network(host, strict=False)
    except ValueError:
        return host


@lru_cache(maxsize=1)
def load() -> Settings:
    """The settings of this process; raises pydantic.ValidationError for a broken one."""
    return Settings()


def _host_and_port(text: str, usual: int) -> tuple[str, int]:
    """A host, with or without a port; IPv6 addresses with a port stand in brackets."""
    host, separator, port = text.rpartition(":")
    if separator and port.isdecimal() and (host.endswith("]") or ":" not in host):
        return host.strip("[]"), int(port)
    return text.strip("[]"), usual


@lru_cache(maxsize=8)
def _secret(path: Path) -> bytes:
    if not path.exists():
        draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(32))
        # A link fails when another process was first; then both read what that one wrote.
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()
    return bytes.fromhex(path.read_text("ascii").strip())
