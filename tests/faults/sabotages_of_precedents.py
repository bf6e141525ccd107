"""How to switch off what keeps precedents to decisions that stand, to their own site, and out of a verdict's way."""

from tests.faults.sabotaged import Sabotage

FINDING = "tests/workers/precedents/test_finding.py"
SHELF, SHELVED = "workers/precedents/shelf.py", "tests/workers/precedents/test_shelf.py"
REVIEW = "service/moderation/review/precedents.py"
SHOWING = "tests/service/moderation/review/test_precedents.py"

PRECEDENTS = (
    Sabotage(
        "precedents are looked for in their own site",
        REVIEW,
        '_d.site_id == bindparam("site_id"), ',
        "",
        f"{FINDING}::test_another_sites_decisions_are_no_precedents",
        also=(
            (REVIEW, "if row.site_id == comment.site_id}", "}"),
            (REVIEW, '"site_id": site_id, "since"', '"since"'),
        ),
    ),
    Sabotage(
        "a precedent of another site is not kept",
        REVIEW,
        " if row.site_id == comment.site_id}",
        "}",
        f"{SHOWING}::test_another_sites_comment_is_never_shown",
    ),
    Sabotage(
        "a precedent of another site is not shown",
        REVIEW,
        "if other.site_id == comment.site_id:",
        "if True:",
        f"{SHOWING}::test_another_sites_comment_is_never_shown",
    ),
    Sabotage(
        "a decision on a comment that is held again is no precedent",
        REVIEW,
        "    _d.to_status == _c.status,\n",
        "",
        f"{FINDING}::test_what_was_undone_held_again_erased_or_edited_is_no_precedent_from_then_on",
    ),
    Sabotage(
        "an undone decision is no precedent, even where the same status came back",
        REVIEW,
        "    *record.not_undone(_d),\n",
        "    _d.undoes.is_(None),\n",
        f"{FINDING}::test_what_was_undone_held_again_erased_or_edited_is_no_precedent_from_then_on",
    ),
    Sabotage(
        "a text that was decided differently counts with each outcome",
        SHELF,
        "        text = digest, outcome\n",
        "        text = digest, CommentStatus.APPROVED\n",
        f"{SHELVED}::test_a_text_decided_differently_counts_with_each_outcome",
    ),
    Sabotage(
        "only an equal text is called the same",
        REVIEW,
        "is_same=other.text_digest == comment.text_digest",
        "is_same=similarity >= 0.9",
        f"{SHOWING}::test_only_an_equal_text_is_called_the_same",
    ),
    Sabotage(
        "a worker without work forgets vectors",
        "workers/__main__.py",
        "        finding.forget_old(runtimes.current())\n",
        "",
        f"{FINDING}::test_a_worker_without_work_forgets_vectors_after_an_hour",
    ),
    Sabotage(
        "a decision on an earlier text is no precedent",
        REVIEW,
        "    _d.revision == _c.revision,\n",
        "",
        f"{FINDING}::test_what_was_undone_held_again_erased_or_edited_is_no_precedent_from_then_on",
    ),
    Sabotage(
        "vectors of erased texts are not used",
        REVIEW,
        "    _c.erased_at.is_(None),\n",
        "",
        f"{FINDING}::test_what_was_undone_held_again_erased_or_edited_is_no_precedent_from_then_on",
    ),
    Sabotage(
        "a verdict of the policy is no precedent",
        REVIEW,
        """_d.source == literal_column("'moderator'", _d.source.type)""",
        "_d.source.is_not(None)",
        f"{FINDING}::test_it_gets_the_nearest_that_people_decided_and_nothing_else",
    ),
    Sabotage(
        "vectors of two encoders are not compared",
        REVIEW,
        '        _a.encoder == bindparam("encoder"),\n',
        "",
        f"{FINDING}::test_vectors_of_another_encoder_and_texts_in_another_language_are_not_compared",
        also=((REVIEW, '"encoder": encoder, ', ""),),
    ),
    Sabotage(
        "a search for precedents that fails stops no verdict",
        "workers/precedents/finding.py",
        "        with session.begin_nested():\n            fallen",
        "        if True:\n            fallen",
        f"{FINDING}::test_a_search_that_fails_does_not_stop_the_verdict",
        database="postgresql",
    ),
    Sabotage(
        "an erasure removes precedents",
        "service/moderation/erasure/erasing.py",
        "    for which in (Precedent.comment_id, Precedent.decided_id):\n",
        "    for which in ():\n",
        f"{SHOWING}::test_an_erasure_of_either_comment_removes_them",
    ),
    Sabotage(
        "a vector leaves memory with its comment",
        SHELF,
        "        self._vectors[row] = 0\n",
        "",
        f"{SHELVED}::test_what_is_dropped_is_not_found_and_its_vector_is_gone",
    ),
)
