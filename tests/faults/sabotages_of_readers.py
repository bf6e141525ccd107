"""What guards the form that readers use, switched off."""

from tests.faults.sabotaged import Sabotage

READER = "tests/service/api/reader"
READERS: tuple[Sabotage, ...] = (
    Sabotage(
        "origins of forms",
        "service/api/reader/door.py",
        "    if origin and origin not in key.perspective.origins:\n",
        "    if False:\n",
        f"{READER}/test_door.py::test_a_page_of_an_origin_that_is_not_on_the_keys_list_is_told_how_to_be",
    ),
    Sabotage(
        "no key in a form that may do more than submit",
        "service/api/reader/door.py",
        "    if Scope.SUBMIT in key.scopes and key.scopes != FOR_FORMS:\n",
        "    if False:\n",
        f"{READER}/test_door.py::test_a_key_that_may_do_more_than_submit_is_refused_and_the_answer_says_why",
    ),
    Sabotage(
        "no scores for the key of a form",
        "service/api/compat/callers.py",
        "SCORING = (Scope.SCORE, Scope.READ)\n",
        "SCORING = (Scope.SCORE, Scope.READ, Scope.SUBMIT)\n",
        "tests/service/api/compat/perspective/test_scopes.py::test_the_key_of_a_form_gets_no_scores_to_tune_a_text_by",
    ),
    Sabotage(
        "no way around the guards of forms",
        "service/api/v1/comments.py",
        "    if key.perspective.origins and key.scopes <= IN_PAGES:\n",
        "    if False:\n",
        f"{READER}/test_door.py::test_a_key_that_lies_in_pages_sends_comments_through_the_readers_door_alone",
    ),
    Sabotage(
        "rate of an address",
        "service/api/reader/sending.py",
        '    door.spend(call.keeper.reader_comments, "comment", call.key)\n',
        "",
        f"{READER}/test_door.py::test_one_address_sends_so_many_comments_a_minute_and_another_is_not_hindered",
    ),
    Sabotage(
        "no address in Redis",
        "service/api/reader/door.py",
        '    return context().settings.keyring.sign(f"moderato: address of a reader: {request.remote_addr}")[:32]\n',
        "    return str(request.remote_addr)\n",
        f"{READER}/test_door.py::test_one_address_sends_so_many_comments_a_minute_and_another_is_not_hindered",
    ),
    Sabotage(
        "field that people do not see",
        "service/api/reader/sending.py",
        "    if not call.body.website:\n",
        "    if True:\n",
        f"{READER}/test_sending.py::test_what_fills_the_hidden_field_is_answered_as_any_other_and_stored_as_nothing",
    ),
    Sabotage(
        "signature of receipts",
        "service/moderation/readers/marks.py",
        "    if not keyring.has_signed(_signed(kind, site_id, identity), signature):\n",
        "    if False:\n",
        f"{READER}/test_sending.py::test_nothing_but_a_receipt_leads_to_a_comment",
    ),
    Sabotage(
        "site of receipts",
        "service/moderation/readers/marks.py",
        '    return f"moderato: {kind}: {site_id}: {identity}"\n',
        '    return f"moderato: {kind}: {identity}"\n',
        "tests/service/moderation/readers/test_marks.py::test_a_mark_is_read_back_for_its_kind_and_site_alone",
    ),
    Sabotage(
        "erased comments by receipt",
        "service/api/reader/sending.py",
        "    if comment is not None and comment.erased_at is not None:\n",
        "    if False:\n",
        f"{READER}/test_sending.py::test_the_receipt_of_an_erased_comment_leads_nowhere",
    ),
    Sabotage(
        "only published comments",
        "service/models/comment.py",
        "PUBLISHED = \"comment.status = 'approved' AND comment.erased_at IS NULL\"\n",
        "PUBLISHED = \"comment.status <> 'pending'\"\n",
        f"{READER}/test_published.py::test_published_comments_are_listed_oldest_first_and_nothing_else_is",
    ),
    Sabotage(
        "links of the page without a script",
        "service/api/reader/forms.py",
        '    is_listed = key is not None and f"{parts.scheme}://{parts.netloc}" in key.perspective.origins\n',
        "    is_listed = True\n",
        f"{READER}/test_forms.py::test_the_page_links_back_only_to_an_origin_on_the_keys_list",
    ),
    Sabotage(
        "rate of hints",
        "service/api/reader/hints.py",
        '        door.spend(call.keeper.reader_hints, "hint", call.key)\n',
        "",
        f"{READER}/test_hints.py::test_above_the_rate_of_an_address_there_is_no_hint_and_no_score",
    ),
    Sabotage(
        "outcomes of hints that nobody was given",
        "service/api/reader/hints.py",
        "    if told is not None and marks.is_recent_hint(call.context.settings.keyring, call.site_id, told.id):\n",
        "    if told is not None:\n",
        f"{READER}/test_hints.py::test_the_outcome_of_a_hint_that_nobody_was_given_counts_nothing",
    ),
    Sabotage(
        "scripts of the form alone",
        "service/api/reader/embed.py",
        '    found = next((path for path in folder().glob("*.js") if path.name == name), None)\n',
        "    found = folder() / name if (folder() / name).is_file() else None\n",
        f"{READER}/test_embed.py::test_nothing_else_is",
    ),
    Sabotage(
        "appeals that the key does not allow",
        "service/moderation/readers/messages.py",
        "    return POSSIBLE if is_allowed and comment.status is CommentStatus.REJECTED else None\n",
        "    return POSSIBLE if comment.status is CommentStatus.REJECTED else None\n",
        f"{READER}/test_sending.py::test_an_appeal_is_possible_once_against_a_rejection_where_the_key_allows_it",
    ),
)
