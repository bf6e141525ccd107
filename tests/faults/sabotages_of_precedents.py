"""How to switch off what keeps precedents to decisions that stand, to their own site, and out of a verdict's way."""

from tests.faults.sabotaged import Sabotage

FINDING = "tests/workers/precedents/test_finding.py"
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
        "an undone decision is no precedent",
        REVIEW,
        "    _d.to_status == _c.status,\n",
        "",
        f"{FINDING}::test_what_was_undone_erased_or_edited_is_no_precedent_from_then_on",
    ),
    Sabotage(
        "a decision on an earlier text is no precedent",
        REVIEW,
        "    _d.revision == _c.revision,\n",
        "",
        f"{FINDING}::test_what_was_undone_erased_or_edited_is_no_precedent_from_then_on",
    ),
    Sabotage(
        "vectors of erased texts are not used",
        REVIEW,
        "    _c.erased_at.is_(None),\n",
        "",
        f"{FINDING}::test_what_was_undone_erased_or_edited_is_no_precedent_from_then_on",
    ),
    Sabotage(
        "a verdict of the policy is no precedent",
        REVIEW,
        """    _d.source == literal_column("'moderator'", _d.source.type),\n""",
        "",
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
        "workers/precedents/shelf.py",
        "        self._vectors[row] = 0\n",
        "",
        "tests/workers/precedents/test_shelf.py::test_what_is_dropped_is_not_found_and_its_vector_is_gone",
    ),
)
