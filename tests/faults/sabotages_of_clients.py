"""How to switch off what protects users of our clients and receivers from forged callbacks.

The receiver in Go has no entry, because what runs it is not installed everywhere.
"""

from tests.faults.sabotaged import Sabotage

PYTHON, TYPESCRIPT = "clients/python/moderato_client/webhooks.py", "clients/typescript/src/webhooks.ts"
TESTS = "tests/clients/test_webhooks.py"
FORGED = f"{TESTS}::test_python_refuses_any_other"
EMPTY = f"{TESTS}::test_python_takes_no_secret_that_anybody_could_know"
BOTH = f"{TESTS}::test_typescript_says_the_same"
RECEIVED = "tests/project/test_receivers.py::test_what_is_not_genuine_is_refused"
# By ending: what compares signatures, what compares times, and what switches each off.
RECEIVERS = {
    "py": (
        ('any(hmac.compare_digest(expected, given.encode()) for given in signatures.split(" "))', "True"),
        ("abs(time.time() - int(sent_at)) < 300", "True"),
    ),
    "mjs": (("given.length === expected.length && timingSafeEqual(given, expected)", "true"), ("< 300", "< 1e12")),
    "php": (("hash_equals($expected, $given) || $genuine", "true"), ("< 300", "< 1e12")),
    "rb": (("OpenSSL.secure_compare(expected, given)", "true"), ("< 300", "< 10**12")),
}

CLIENTS = (
    Sabotage("Python client: signature of callbacks", PYTHON, "if not any(matches):", "if False:", FORGED),
    Sabotage("Python client: tolerance of signed times", PYTHON, "if abs(age) > TOLERANCE:", "if False:", FORGED),
    Sabotage("Python client: empty secrets", PYTHON, "if not key:", "if False:", EMPTY),
    Sabotage(
        "TypeScript client: signature of callbacks",
        TYPESCRIPT,
        "if (!(await Promise.all(pairs)).includes(true)) {",
        "if ((await Promise.all(pairs)).length > 99) {",
        BOTH,
    ),
    Sabotage("TypeScript client: tolerance of signed times", TYPESCRIPT, "> TOLERANCE)", "> 1e12)", BOTH),
    Sabotage("TypeScript client: empty secrets", TYPESCRIPT, "raw.length === 0", "raw.length < 0", BOTH),
    *(
        Sabotage(f"receiver.{kind}: {what}", f"docs/integrators/receiver.{kind}", code, instead, RECEIVED)
        for kind, changes in RECEIVERS.items()
        for what, (code, instead) in zip(("signature", "tolerance of signed times"), changes, strict=True)
    ),
)
