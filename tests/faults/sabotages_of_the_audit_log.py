"""How to switch off what makes a changed, shortened or forged audit log be found."""

from tests.faults.sabotaged import Sabotage

AUDIT_LOG = (
    Sabotage(
        "audit log: each entry's hash",
        "service/moderation/audit_log.py",
        "elif entry.hash != hash_of(entry):",
        "elif False:",
        "tests/service/moderation/test_audit_log.py::test_a_changed_entry_is_found",
    ),
    Sabotage(
        "audit log: the chain",
        "service/moderation/audit_log.py",
        "elif entry.previous_hash != expected:",
        "elif False:",
        "tests/service/moderation/test_audit_log.py::test_a_rewritten_entry_with_a_fitting_hash_breaks_the_next",
    ),
    Sabotage(
        "audit log: its head",
        "service/moderation/audit_log.py",
        "if walked.intact and (walked.entries, walked.head) != (number, end):",
        "if False:",
        "tests/service/moderation/test_audit_log.py::test_a_removed_entry_is_missed_even_the_newest",
    ),
    Sabotage(
        "audit log: signed entries",
        "service/moderation/audit_log.py",
        "    if not keyring.has_signed(what_is_signed(entry), entry.signature):\n",
        "    if False:\n",
        "tests/service/moderation/test_audit_log_signatures.py::"
        "test_a_whole_chain_that_was_rewritten_with_fitting_hashes_is_found",
    ),
    Sabotage(
        "audit log: no entry without a signature",
        "service/moderation/audit_log.py",
        'was written without the key that signs entries" if keyring else ""',
        'was written without the key that signs entries" if False else ""',
        "tests/service/moderation/test_audit_log_signatures.py::"
        "test_what_is_written_after_a_forgery_does_not_make_it_genuine",
    ),
    Sabotage(
        "audit log: a head noted before",
        "service/doctor/record.py",
        "if not audit_log.has_had(session, noted)]",
        "if False]",
        "tests/service/doctor/test_doctor.py::test_an_audit_log_that_was_cut_fails_against_a_head_noted_before",
    ),
    Sabotage(
        "audit log: its head in the service's log",
        "workers/upkeep.py",
        '        log.info("audit_head", head=head)\n',
        "",
        "tests/workers/test_upkeep.py::test_the_head_is_logged_once_a_day_as_the_doctor_takes_it",
    ),
    Sabotage(
        "audit log: one writer after the other",
        "service/moderation/audit_log.py",
        ".with_for_update()",
        "",
        "tests/service/moderation/test_audit_log.py::test_writers_at_the_same_time_make_one_chain",
        database="postgresql",
    ),
)
