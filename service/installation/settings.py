"""Every setting, from the environment, checked before anything starts.

Names carry the prefix `MODERATO_`; the conventional names DATABASE_URL, REDIS_URL, HOST, PORT, PUBLIC_URL, SECRET_KEY,
LOG_LEVEL, LOG_FORMAT and WEB_CONCURRENCY work without it. A secret may come as `<NAME>_FILE`, the path of a file that
holds it. A `MODERATO_` name that is not a setting is an error: a typing mistake must not pass for a default.
"""

import os
import re
import secrets as random
import tempfile
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, ValidationError, ValidationInfo, field_validator

from service.installation.environment import FILE_VARIANTS, unknown, variables_of
from service.installation.kept_files import read_or_make
from service.outside import addresses
from service.outside.addresses import Allowances
from service.outside.mail_settings import MailSettings
from service.outside.sealing import Keyring, new_key, parse_keys

OIDC_ISSUER = re.compile(r"https://[^/?#@\s]+[^?#\s]*|http://(localhost|127\.0\.0\.1)(:\d+)?(/[^?#\s]*)?")
OIDC_ROLE = re.compile(r"[^:=\s]+\s*:\s*(viewer|moderator|lead|admin)\s*=\s*\S.*")


class SettingsError(Exception):
    """One or more settings are wrong; the message has a line for each."""


class Settings(MailSettings):
    """The effective settings of this process; defaults are those of one machine without configuration."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    data_dir: Path = Field(Path("var"), description="Folder for the embedded database, Redis socket and caches.")
    database_url: str | None = Field(
        None, description="SQLAlchemy URL of SQLite or PostgreSQL; default: SQLite in the data folder."
    )
    redis_url: str | None = Field(None, description="URL of Redis; default: a private one in the data folder.")
    host: str = Field("127.0.0.1", description="Address the web server listens on.")
    port: Annotated[int, Field(ge=1, le=65535)] = Field(8000, description="Port the web server listens on.")
    public_url: str | None = Field(None, description="The address that the world sees, for links and discovery.")
    secret_key: str | None = Field(
        None, description="Signs console cookies; default: made once and kept in the data folder."
    )
    encryption_keys: str | None = Field(
        None,
        description="Comma-separated keys of 32 bytes (base64 or hex) that seal signing secrets in the database: the "
        "first seals, each opens; default: one made once and kept in the data folder.",
    )
    trusted_hosts: str = Field("", description="Comma-separated Host names to answer to; empty: any.")
    proxy_hops: Annotated[int, Field(ge=0, le=8)] = Field(
        0, description="How many reverse proxies stand before us and set X-Forwarded-*."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="Least level that is logged.")
    log_format: Literal["auto", "json", "console"] = Field(
        "auto", description="Shape of log lines; auto: console on a terminal, json elsewhere."
    )
    web_concurrency: Annotated[int, Field(ge=1, le=64)] = Field(1, description="Web server processes.")
    web_threads: Annotated[int, Field(ge=1, le=256)] = Field(
        16, description="Threads of each web process; requests wait for one, long polls hold none."
    )
    connections: Annotated[int, Field(ge=16, le=65_536)] = Field(
        4_096, description="Connections of each web process; beyond them the oldest idle one is closed."
    )
    connections_per_address: Annotated[int, Field(ge=8, le=65_536)] = Field(
        1_000, description="Those of one address; not applied behind proxies (MODERATO_PROXY_HOPS)."
    )
    message_seconds: Annotated[float, Field(ge=0.1, le=600)] = Field(
        30.0, description="Seconds in which a request must arrive whole, and an answer be read; 10 at most for headers."
    )
    classification_workers: Annotated[int, Field(ge=1, le=64)] = Field(
        1, description="Classification workers that `moderato up` starts."
    )
    threads_per_worker: Annotated[int, Field(ge=1, le=64)] = Field(
        1, description="Inference threads of one worker; two processes of one thread beat one of two."
    )
    toxicity_model: str = Field(
        "compact",
        description="compact (shipped), a Detoxify name (original, unbiased, multilingual, ...) or a checkpoint.",
    )
    cache_dir: Path | None = Field(None, description="Where compiled models are kept; default: in the data folder.")
    batch_size: Annotated[int, Field(ge=1, le=256)] = Field(16, description="Comments that a worker claims at once.")
    lease_seconds: Annotated[int, Field(ge=2, le=3600)] = Field(
        60, description="How long a claim holds before another worker may take the comment."
    )
    comment_budget_ms: Annotated[int, Field(ge=50, le=60_000)] = Field(
        2_000, description="Processor time that judging one comment may take; past it the comment is held."
    )
    max_attempts: Annotated[int, Field(ge=1, le=20)] = Field(
        5, description="Claims after which a comment goes to a human as unclassified."
    )
    upkeep_seconds: Annotated[float, Field(gt=0, le=600)] = Field(
        10.0, description="Pause between two rounds of upkeep, which re-wakes what was forgotten."
    )
    backlog_limit: Annotated[int, Field(ge=1)] = Field(
        100_000,
        description="Pending comments of all sites together; intake answers 503 to a site that has its share of them.",
    )
    score_deadline_ms: Annotated[int, Field(ge=10, le=10_000)] = Field(
        700, description="How long a request for scores or a verdict at once waits before a 503 (Coral: PREMOD)."
    )
    score_slots: Annotated[int, Field(ge=1, le=64)] = Field(
        4, description="Texts that a web process has scored at once; four for each interactive worker."
    )
    rate_limit_per_minute: Annotated[int, Field(ge=1)] = Field(
        6_000, description="Requests a minute that one API key may make."
    )
    reader_comments_per_minute: Annotated[int, Field(ge=1)] = Field(
        6, description="Comments a minute that a form takes from one network address."
    )
    metrics_token: str | None = Field(
        None, description="Bearer token that /metrics asks for; default: only this machine is answered."
    )
    max_body_bytes: Annotated[int, Field(ge=1024)] = Field(1024 * 1024, description="Largest request body.")
    console_plain_http: bool = Field(
        False, description="Let moderators sign in over plain HTTP from other machines, on a network that is trusted."
    )
    password_sign_in: bool = Field(True, description="Whether moderators may sign in with a password.")
    oidc_issuer: str = Field(
        "",
        validate_default=True,
        description="An OpenID Connect issuer (https) to sign in with; needs the extra `oidc`.",
    )
    oidc_client_id: str = Field("", validate_default=True, description="What the issuer calls this service.")
    oidc_client_secret: str | None = Field(None, description="Secret of a confidential client; none for a public one.")
    oidc_name: str = Field("single sign-on", description="What the button says after “Sign in with”.")
    oidc_scope: str = Field("openid email profile", description="What the issuer is asked for.")
    oidc_email_claim: str = Field("email", description="Claim of the id token with the e-mail address of an account.")
    oidc_trust_email: bool = Field(
        False,
        description="Take the address as verified where the issuer does not say; only for a directory of your own.",
    )
    oidc_groups_claim: str = Field("groups", description="Claim with the groups; a dot leads into a nested one.")
    oidc_roles: str = Field(
        "",
        description="Roles by group, as `site:role=group, ...`: there the groups alone decide, and make accounts.",
    )
    callback_allow_private: str = Field(
        "", description="Comma-separated networks (CIDR) that callbacks may reach although they are not public."
    )
    callback_allow_http: bool = Field(False, description="Whether callbacks may go over plain http as well.")
    callback_undo_seconds: Annotated[float, Field(ge=0, le=600)] = Field(
        10.0, description="How long a moderator's decision can be undone before the callback about it leaves."
    )
    delivery_threads: Annotated[int, Field(ge=1, le=64)] = Field(
        8, description="Callbacks that a delivery worker has under way at once; at most two per endpoint."
    )
    replay_callbacks_per_second: Annotated[float, Field(ge=0.1, le=100)] = Field(
        5.0, description="Callbacks a second to each endpoint about past comments that a policy was applied to."
    )
    retention_days: Annotated[int, Field(ge=1, le=36_500)] = Field(
        90, description="Days after its verdict that a comment's text is kept, where the site says nothing else."
    )
    second_look_percent: Annotated[int, Field(ge=0, le=100)] = Field(
        5, description="Share of moderators' decisions that another moderator judges again without knowing the first."
    )

    @field_validator("oidc_issuer", "oidc_client_id", mode="after")
    @classmethod
    def _complete(cls, given: str, info: ValidationInfo) -> str:
        if info.field_name == "oidc_client_id":
            if not given and info.data.get("oidc_issuer"):
                raise ValueError("must be set where MODERATO_OIDC_ISSUER is")
        elif not given and info.data.get("password_sign_in") is False:
            raise ValueError("must be set where MODERATO_PASSWORD_SIGN_IN=false; otherwise no one could sign in")
        elif given and not OIDC_ISSUER.fullmatch(given):
            raise ValueError("must be an address that begins with https:// (http:// on this machine alone)")
        return given

    @field_validator("oidc_roles")
    @classmethod
    def _roles(cls, given: str) -> str:
        for part in given.split(","):
            if part.strip() and not OIDC_ROLE.fullmatch(part.strip()):
                raise ValueError(f"{part.strip()!r} is not site:role=group, with viewer, moderator, lead or admin")
        return given

    @property
    def effective_database_url(self) -> str:
        return self.database_url or f"sqlite:///{(self.data_dir / 'moderato.db').absolute()}"

    @property
    def redis_socket(self) -> Path:
        """The embedded Redis's socket; unix socket paths end at 107 bytes, so a deep data folder gets a short one."""
        path = (self.data_dir / "redis" / "redis.sock").absolute()
        if len(os.fsencode(path)) <= 100:
            return path
        import hashlib

        digest = hashlib.sha256(os.fsencode(path)).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"moderato-{os.getuid()}-{digest}" / "redis.sock"

    @property
    def effective_redis_url(self) -> str:
        return self.redis_url or f"unix://{self.redis_socket}"

    @property
    def effective_cache_dir(self) -> Path:
        return self.cache_dir or self.data_dir / "cache"

    @cached_property
    def effective_secret_key(self) -> str:
        """The secret key, made on first use and kept with mode 0600 where none is configured."""
        return self.secret_key or _kept(self.data_dir / "secret_key", lambda: random.token_urlsafe(48))

    @property
    def callback_allowances(self) -> Allowances:
        """What the operator lets callbacks reach."""
        return addresses.allowances(networks=self.callback_allow_private, http=self.callback_allow_http)

    @property
    def encryption_key_file(self) -> Path:
        """Where the key that seals secrets is kept while none is configured."""
        return self.data_dir / "encryption_key"

    @cached_property
    def keyring(self) -> Keyring:
        """The keys that seal secrets, made on first use and kept with mode 0600 where none is configured."""
        configured = parse_keys(self.encryption_keys or "")
        return Keyring(configured or parse_keys(_kept(self.encryption_key_file, new_key)))

    @field_validator("callback_allow_private")
    @classmethod
    def _networks(cls, given: str) -> str:
        try:
            addresses.allowances(networks=given, http=False)
        except ValueError:
            raise ValueError("must be networks such as 10.0.0.0/8, separated by commas") from None
        return given

    @field_validator("encryption_keys")
    @classmethod
    def _check_keys(cls, value: str | None) -> str | None:
        if value is not None:
            Keyring(parse_keys(value))
        return value


def load(environ: Mapping[str, str] | None = None) -> Settings:
    """Return the settings found in `environ` (default: the process's); raise SettingsError with a line per fault.

    From then on, whatever the process makes is readable by its user alone: the data folder holds readers' comments.
    """
    os.umask(0o077)
    environ = os.environ if environ is None else environ
    values: dict[str, str] = {}
    faults: list[str] = []
    for name in Settings.model_fields:
        for variable in variables_of(name):
            if variable in environ and environ[variable] != "":
                values[name] = environ[variable]
            elif name in FILE_VARIANTS and environ.get(f"{variable}_FILE"):
                try:
                    values[name] = Path(environ[f"{variable}_FILE"]).read_text().strip()
                except OSError as error:
                    faults.append(f"{variable}_FILE: cannot be read ({error.strerror})")
    faults += unknown(environ, Settings.model_fields)
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        faults += [_fault(detail) for detail in error.errors()]
    if faults:
        raise SettingsError("\n".join(faults))
    return settings


def _kept(path: Path, make: Callable[[], str]) -> str:
    """Return what the file holds, or what is made and kept in it; raise SettingsError where it cannot be kept."""
    try:
        return read_or_make(path, make)
    except OSError as error:
        hint = "make the data folder writable, or set SECRET_KEY and MODERATO_ENCRYPTION_KEYS"
        raise SettingsError(f"{path.absolute()} cannot be kept ({error.strerror}); {hint}.") from None


def _fault(detail: object) -> str:
    assert isinstance(detail, dict)
    name = str(detail["loc"][0])
    variable = variables_of(name)[-1]
    said = str(detail["msg"]).removeprefix("Value error, ")
    shown = "(hidden)" if name in FILE_VARIANTS else repr(detail.get("input"))
    return f"{variable}={shown}: {said[0].lower()}{said[1:]}"
