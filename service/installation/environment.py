"""The names that settings have in the environment. Pure."""

from collections.abc import Iterable, Mapping

PREFIX = "MODERATO_"
UNPREFIXED = (
    "database_url",
    "redis_url",
    "host",
    "port",
    "public_url",
    "secret_key",
    "log_level",
    "log_format",
    "web_concurrency",
)
FILE_VARIANTS = (
    "database_url",
    "redis_url",
    "secret_key",
    "encryption_keys",
    "metrics_token",
    "oidc_client_secret",
    "smtp_password",
)


def variables_of(name: str, /) -> tuple[str, ...]:
    """Return the variables that set a setting, the last one with the prefix."""
    prefixed = PREFIX + name.upper()
    return (name.upper(), prefixed) if name in UNPREFIXED else (prefixed,)


def unknown(environ: Mapping[str, str], names: Iterable[str], /) -> list[str]:
    """Return a sentence for each variable that looks like a setting and is none of `names`."""
    known = {variable for name in names for variable in variables_of(name)}
    known |= {f"{variable}_FILE" for name in FILE_VARIANTS for variable in variables_of(name)}
    known.add(PREFIX + "CRASH_AT")  # crash points of the tests, see service/crash.py
    return [
        f"{variable}: is not a setting; `moderato settings` lists them all"
        for variable in sorted(environ)
        if variable.startswith(PREFIX) and variable not in known
    ]
