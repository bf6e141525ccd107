"""How to switch off what keeps the endpoints for other software's clients honest and bounded."""

from tests.faults.sabotaged import Sabotage

PLACE = "tests/service/api/compat/perspective"
CODE = "service/api/compat/perspective"

COMPAT = (
    Sabotage(
        "origins of pages",
        f"{CODE}/cors.py",
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
        "service/api/compat/scores.py",
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
)
