"""Both clients' verifiers on one table of callbacks, signed by the service's own code."""

import json
import subprocess
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from service.outside.signatures import new_secret, sign
from tests.clients.conftest import MISSING, NODE, TOOLS
from tests.support.services import REPOSITORY

OLD, NEW = new_secret(), new_secret()
DATA = {"comment_id": "c-2", "sequence": 2, "verdict": "approve", "status": "approved"}
EVENT = {"type": "comment.approved", "timestamp": "2026-11-22T23:01:00.123Z", "data": DATA}
BODY = json.dumps(EVENT).encode()
SIGNED_AT = datetime.fromtimestamp(int(time.time()), UTC)
SOURCE = REPOSITORY / "clients/typescript/src/webhooks.ts"
SCRIPT = """
    import { readFileSync, writeFileSync } from "node:fs";
    const [compiler, source, folder] = process.argv.slice(1);
    const { default: ts } = await import(compiler);
    const compilerOptions = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 };
    const { outputText } = ts.transpileModule(readFileSync(source, "utf8"), { compilerOptions });
    writeFileSync(`${folder}/webhooks.mjs`, outputText);
    const { verify } = await import(`${folder}/webhooks.mjs`);
    const cases = Object.entries(JSON.parse(readFileSync(`${folder}/cases.json`, "utf8")));
    const read = (given) => verify(...given).then((callback) => callback.data.comment_id, (error) => error.name);
    const found = await Promise.all(cases.map(async ([name, given]) => [name, await read(given)]));
    console.log(JSON.stringify(Object.fromEntries(found)));
"""


@dataclass(frozen=True)
class Case:
    """A callback that arrives, and the secrets that the receiver knows."""

    headers: dict[str, str]
    secrets: tuple[str, ...] = (NEW,)
    body: bytes = BODY
    late: timedelta = timedelta(0)  # how long after it was signed

    def but(self, name: str, value: str | None) -> "Case":
        changed = {key: found for key, found in (self.headers | {name: value}).items() if found is not None}
        return replace(self, headers=changed)


PLAIN = Case(sign([NEW], "msg_1", SIGNED_AT, BODY))
SIGNATURE = PLAIN.headers["webhook-signature"]
GENUINE = {
    "one signature": PLAIN,
    "two signatures while the sender rotates": Case(sign([OLD, NEW], "msg_1", SIGNED_AT, BODY)),
    "two secrets while the receiver rotates": replace(PLAIN, secrets=(OLD, NEW)),
    "headers in another case": replace(PLAIN, headers={key.title(): value for key, value in PLAIN.headers.items()}),
    "beside signatures of other kinds": PLAIN.but("webhook-signature", f"v1a,AAAA v2,!? {SIGNATURE}"),
    "four minutes late": replace(PLAIN, late=timedelta(minutes=4)),
    "four minutes early": replace(PLAIN, late=timedelta(minutes=-4)),
}
FORGED = {
    "another body": replace(PLAIN, body=BODY.replace(b"c-2", b"c-3")),
    "another secret": replace(PLAIN, secrets=(OLD,)),
    "no secret": replace(PLAIN, secrets=()),
    "another id": PLAIN.but("webhook-id", "msg_2"),
    "another time": PLAIN.but("webhook-timestamp", str(int(SIGNED_AT.timestamp()) + 1)),
    "six minutes late": replace(PLAIN, late=timedelta(minutes=6)),
    "six minutes early": replace(PLAIN, late=timedelta(minutes=-6)),
    "no id": PLAIN.but("webhook-id", None),
    "no time": PLAIN.but("webhook-timestamp", None),
    "a time that is none": PLAIN.but("webhook-timestamp", "soon"),
    "a time beyond numbers": PLAIN.but("webhook-timestamp", "9" * 400),
    "no signature": PLAIN.but("webhook-signature", None),
    "an empty signature": PLAIN.but("webhook-signature", "v1,"),
    "half a signature": PLAIN.but("webhook-signature", SIGNATURE[:20]),
    "an id that is no text": PLAIN.but("webhook-id", "msg_\udce9"),
    "a signature that is no text": PLAIN.but("webhook-signature", f"v1,\udce9 {SIGNATURE[:20]}"),
    "a signature that is not base64": PLAIN.but("webhook-signature", "v1,ÿ!"),
    "a signature of another version": PLAIN.but("webhook-signature", SIGNATURE.replace("v1,", "v2,")),
}


def verified(case: Case) -> str:
    """Return what the client for Python says."""
    from moderato_client.webhooks import NotGenuine, verify

    try:
        return verify(case.body, case.headers, case.secrets, now=(SIGNED_AT + case.late).timestamp()).data.comment_id
    except NotGenuine:
        return "NotGenuine"


@pytest.mark.usefixtures("importable")
@pytest.mark.parametrize("case", GENUINE.values(), ids=GENUINE)
def test_python_accepts_a_genuine_callback(case: Case) -> None:
    assert verified(case) == "c-2"


@pytest.mark.usefixtures("importable")
@pytest.mark.parametrize("case", FORGED.values(), ids=FORGED)
def test_python_refuses_any_other(case: Case) -> None:
    assert verified(case) == "NotGenuine"


@pytest.mark.usefixtures("importable")
@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_!"])
def test_python_takes_no_secret_that_anybody_could_know(secret: str) -> None:
    from moderato_client.webhooks import NotGenuine, verify

    with pytest.raises(ValueError) as wrong:
        verify(BODY, PLAIN.headers, secret)
    assert not isinstance(wrong.value, NotGenuine)


@pytest.mark.usefixtures("importable")
@pytest.mark.parametrize("event", [EVENT | {"type": "comment.sung"}, [], {}], ids=["a new event", "a list", "nothing"])
def test_python_says_which_callback_it_does_not_understand(event: object) -> None:
    from moderato_client.webhooks import NotUnderstood, verify

    body = json.dumps(event).encode()
    with pytest.raises(NotUnderstood):
        verify(body, sign([NEW], "msg_1", datetime.now(UTC), body), NEW)


@pytest.mark.usefixtures("importable")
def test_python_does_not_understand_what_is_nested_beyond_its_depth() -> None:
    from moderato_client.webhooks import NotUnderstood, verify

    body = b'{"data": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    with pytest.raises(NotUnderstood):
        verify(body, sign([NEW], "msg_1", datetime.now(UTC), body), NEW)


@pytest.mark.usefixtures("importable")
def test_python_ignores_fields_of_a_later_version() -> None:
    from moderato_client.webhooks import verify

    body = json.dumps(EVENT | {"mood": "calm", "data": DATA | {"mood": "calm"}}).encode()
    assert verify(body, sign([NEW], "msg_1", datetime.now(UTC), body), NEW).data.comment_id == "c-2"


def test_typescript_says_the_same(tmp_path: Path) -> None:
    if NODE is None or not TOOLS.exists():
        pytest.skip(MISSING)
    refused = {f"{secret!r} as secret": replace(PLAIN, secrets=(secret,)) for secret in ("", "whsec_", "whsec_!")}
    expected = dict.fromkeys(GENUINE, "c-2") | dict.fromkeys(FORGED, "NotGenuine") | dict.fromkeys(refused, "TypeError")
    cases = {
        name: [case.body.decode(), case.headers, case.secrets, (SIGNED_AT + case.late).timestamp() * 1000]
        for name, case in (GENUINE | FORGED | refused).items()
    }
    (tmp_path / "cases.json").write_text(json.dumps(cases))
    done = subprocess.run(
        [NODE, "--input-type=module", "--eval", SCRIPT, TOOLS / "typescript/lib/typescript.js", SOURCE, tmp_path],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == expected
