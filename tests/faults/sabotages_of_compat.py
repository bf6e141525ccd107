"""How to switch off what keeps the endpoints for other software's clients honest and bounded."""

from tests.faults.sabotaged import Sabotage

OTHERS, ALL_CODE = "tests/service/api/compat", "service/api/compat"
PLACE, CODE = f"{OTHERS}/perspective", f"{ALL_CODE}/perspective"

COMPAT = (
    Sabotage(
        "origins of pages",
        "service/api/cors.py",
        "    if not origin or origin not in allowed:\n",
        "    if not origin:\n",
        f"{PLACE}/test_cors.py::test_only_an_origin_on_the_keys_list_reads_the_answer",
    ),
    Sabotage(
        "limit of unpacked bodies",
        f"{CODE}/bodies.py",
        "unpacking.decompress(raw, most)",
        "unpacking.decompress(raw)",
        f"{PLACE}/test_analyze.py::test_a_body_may_be_packed_and_a_bomb_is_refused",
    ),
    Sabotage(
        "limit of parts in a batch",
        f"{CODE}/batch.py",
        "    if len(pieces) > MOST_PARTS:\n",
        "    if False:\n",
        f"{PLACE}/test_batch.py::test_what_is_no_batch_is_refused",
    ),
    Sabotage(
        "a batch that ends waiting",
        f"{CODE}/batch.py",
        "_refused(late_refusal) if late >= MOST_LATE else _answered(part, answering)",
        "_answered(part, answering)",
        f"{PLACE}/test_batch.py::test_when_the_worker_is_away_the_rest_of_a_batch_does_not_wait_for_it",
    ),
    Sabotage(
        "pinned versions",
        f"{ALL_CODE}/scores.py",
        '    if pinned and not pinned.items() <= reply["versions"].items():\n',
        "    if False:\n",
        f"{PLACE}/test_analyze.py::test_a_score_names_the_versions_and_a_key_may_insist_on_them",
    ),
    Sabotage(
        "do not store",
        f"{CODE}/analyze.py",
        "remember=not request.do_not_store",
        "remember=True",
        f"{PLACE}/test_recent.py::test_what_must_not_be_stored_is_scored_anew_and_leaves_nothing",
    ),
    Sabotage(
        "recent scores of one site",
        "service/api/recent_scores.py",
        "json.dumps([site_id, request, versions], sort_keys=True)",
        "json.dumps([request, versions], sort_keys=True)",
        f"{PLACE}/test_recent.py::test_another_site_gets_nothing_that_was_kept",
    ),
    Sabotage(
        "no score that nobody gave",
        f"{CODE}/analyze.py",
        "        if value is None:\n",
        "        value = value or 0.0\n        if value is None:\n",
        f"{PLACE}/test_errors.py::test_a_language_that_no_classifier_knows",
    ),
    Sabotage(
        "texts of suggested scores expire",
        "service/moderation/erasure/retention.py",
        "        _forget_suggested(session, site.id, days)\n",
        "",
        "tests/service/moderation/intake/test_suggested_scores.py"
        "::test_a_text_goes_after_the_sites_retention_and_its_value_stays",
    ),
    Sabotage(
        "texts of suggested scores are erased",
        "service/moderation/erasure/erasing.py",
        "    suggested_scores.forget(session, comment.site_id, names)\n",
        "",
        "tests/service/moderation/intake/test_suggested_scores.py::test_a_text_goes_with_the_comment_that_is_erased",
    ),
    Sabotage(
        "no score of the beginning of a text",
        f"{CODE}/scores.py",
        '    if scores.unread_of(text, reply["assessment"]):\n',
        "    if False:\n",
        f"{PLACE}/test_errors.py::test_a_text_that_was_not_read_as_a_whole_has_no_score",
    ),
    Sabotage(
        "the scope of a key in other contracts",
        f"{ALL_CODE}/callers.py",
        "    if not key.scopes & set(scopes):\n",
        "    if False:\n",
        f"{OTHERS}/test_openai.py::test_a_key_is_needed_with_a_scope_that_scores",
    ),
    Sabotage(
        "the rate of a key in other contracts",
        f"{ALL_CODE}/openai.py",
        "    kept.limits.spend(key.id, len(texts) - 1)\n",
        "",
        f"{OTHERS}/test_openai.py::test_each_text_counts_as_a_request_of_the_key",
    ),
    Sabotage(
        "a text of which a part was not read is neither flagged nor cleared",
        f"{ALL_CODE}/scores.py",
        '    if unread or assessment.get("too_costly"):\n',
        "    if False:\n",
        f"{OTHERS}/test_openai.py::test_what_was_not_read_is_an_error_and_never_not_flagged[turned_letters]",
    ),
    Sabotage(
        "a text in another language is neither flagged nor cleared",
        f"{ALL_CODE}/scores.py",
        '    if not assessment["language_supported"] or not found:\n',
        "    if False:\n",
        f"{OTHERS}/test_openai.py::test_what_was_not_read_is_an_error_and_never_not_flagged[partly]",
    ),
    Sabotage(
        "the worst part of a text counts for its flag",
        f"{ALL_CODE}/openai.py",
        "        if threshold.reject_at is not None and worst >= threshold.reject_at:\n",
        "        if False:\n",
        f"{OTHERS}/test_openai.py::test_kind_words_around_a_rude_sentence_do_not_hide_it",
    ),
    Sabotage(
        "what was not read holds a comment that is judged at once",
        f"{ALL_CODE}/verdicts.py",
        "        unread=max(scores.unread_of(text, assessment), found.unread or 0),\n",
        "",
        f"{OTHERS}/test_akismet.py::test_what_was_not_read_goes_to_the_spam_folder[beyond_the_budget]",
    ),
    Sabotage(
        "Coral holds what nobody judged in time",
        f"{ALL_CODE}/coral.py",
        '        return Answer({"status": "PREMOD"})\n',
        "        return Answer(None, status=204)\n",
        f"{OTHERS}/test_without_scores.py::test_coral_holds_the_comment_for_its_moderators",
    ),
    Sabotage(
        "Coral's signature is Coral's",
        f"{ALL_CODE}/coral.py",
        "    if source.style is not Style.CORAL:\n",
        "    if False:\n",
        f"{OTHERS}/test_coral.py::test_a_source_that_signs_nothing_is_not_corals",
    ),
    Sabotage(
        "Coral's signature is over the raw bytes",
        "service/outside/signatures.py",
        "        _check((_hmac(secret.encode(), body).hex() for secret in secrets), given)\n        return body\n",
        "        return body\n",
        f"{OTHERS}/test_coral.py::test_only_the_raw_bytes_with_the_sources_signature_are_judged",
    ),
    Sabotage(
        "text that is no markup is not read as markup",
        f"{ALL_CODE}/shown_text.py",
        'return unescape(text) if "<" in bare else plain_text(text)',
        "return plain_text(text)",
        f"{OTHERS}/test_shown_text.py::test_what_could_hide_words_is_no_html",
    ),
    Sabotage(
        "only the site's lists discard",
        f"{ALL_CODE}/akismet.py",
        "one.reason in BLATANT and one.verdict is Verdict.REJECT",
        "one.verdict is Verdict.REJECT",
        f"{OTHERS}/test_akismet.py::test_only_the_sites_own_lists_discard",
    ),
)
