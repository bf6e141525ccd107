"""How to switch off what keeps people and sites out of what is not theirs, and what writes down who did what."""

from tests.faults.sabotaged import Sabotage

ACCESS = (
    Sabotage(
        "site from the key",
        "service/moderation/callbacks/endpoints.py",
        "select(Endpoint).where(Endpoint.site_id == site_id, Endpoint.id == endpoint_id)",
        "select(Endpoint).where(Endpoint.id == endpoint_id)",
        "tests/faults/test_tenants.py::test_every_route_of_the_api_refuses_another_sites_object",
    ),
    Sabotage(
        "site filter of comments",
        "service/moderation/review/actions.py",
        "comment is None or comment.site_id != site_id",
        "comment is None",
        "tests/service/console/review/test_decisions.py::test_another_sites_comment_is_not_found",
    ),
    Sabotage(
        "CSRF token",
        "service/console/blueprint.py",
        "    csrf.protect()\n",
        "",
        "tests/service/console/people/test_sign_in.py::test_a_form_without_the_token_is_refused",
    ),
    Sabotage(
        "forms of other sites",
        "service/console/blueprint.py",
        'request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none")',
        "False",
        "tests/service/console/people/test_sign_in.py::test_a_form_sent_from_another_site_is_refused_even_with_the_token",
    ),
    Sabotage(
        "content security policy",
        "service/app.py",
        "script-src 'self'; ",
        "script-src 'self' 'unsafe-inline'; ",
        "tests/service/console/people/test_sign_in.py::test_every_page_forbids_inline_scripts_and_styles",
    ),
    Sabotage(
        "login limit",
        "service/console/people/sign_in.py",
        "        if count >= limit:\n",
        "        if False:\n",
        "tests/service/console/people/test_sign_in.py::test_guessing_is_slowed_per_account_and_address",
    ),
    Sabotage(
        "constant-time check of keys",
        "service/accounts/keys.py",
        "hmac.compare_digest(_digest(secret), expected)",
        "(_digest(secret) == expected)",
        "tests/faults/test_constant_time.py::test_every_check_of_a_key_compares_whole_digests_whoever_asks",
    ),
    Sabotage(
        "same work for unknown keys",
        "service/accounts/keys.py",
        "        expected = kept[0] if kept else _NOBODY\n",
        "        if kept is None:\n            return None\n        expected = kept[0]\n",
        "tests/faults/test_constant_time.py::test_every_check_of_a_key_compares_whole_digests_whoever_asks",
    ),
    Sabotage(
        "same work for unknown accounts",
        "service/console/people/sign_in.py",
        "    matches = passwords.verify(moderator.password_hash if moderator and usable else None, password)\n",
        "    matches = bool(moderator and usable) and passwords.verify(moderator.password_hash, password)\n",
        "tests/faults/test_constant_time.py::test_signing_in_hashes_once_whether_or_not_there_is_such_an_account",
    ),
    Sabotage(
        "secret of keys",
        "service/accounts/keys.py",
        "not hmac.compare_digest(_digest(secret), expected) or kept is None",
        "kept is None",
        "tests/service/accounts/test_keys.py::test_a_key_with_the_right_checksum_and_the_wrong_secret_is_none",
    ),
    Sabotage(
        "revoked keys",
        "service/accounts/keys.py",
        "                    ApiKey.revoked_at.is_(None),\n",
        "",
        "tests/service/accounts/test_keys.py::test_a_revoked_key_is_none_a_second_later_everywhere",
    ),
    Sabotage(
        "acts in the console are on record",
        "service/console/acts.py",
        "audit_log.record(",
        "(lambda *_, **__: None)(",
        "tests/project/test_every_act_is_on_record.py::test_every_change_in_the_console_is_on_record_with_the_moderators_id",
    ),
    Sabotage(
        "acts by the API are on record",
        "service/moderation/erasure/erasing.py",
        "audit_log.record(",
        "(lambda *_, **__: None)(",
        "tests/service/api/test_every_act_is_on_record.py::test_every_change_by_the_api_is_on_record_with_the_keys_id",
    ),
    Sabotage(
        "commands are on record",
        "service/moderation/operator_acts.py",
        "audit_log.record(",
        "(lambda *_, **__: None)(",
        "tests/project/test_every_act_is_on_record.py::test_every_change_from_the_command_line_is_on_record_with_the_system_user",
    ),
)
