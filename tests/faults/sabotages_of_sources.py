"""How to switch off what keeps sources apart, and what holds a comment whose edit was not read."""

from tests.faults.sabotaged import Sabotage

ID_SPACES = "tests/service/moderation/webhooks/test_id_spaces.py"

SOURCES = (
    Sabotage(
        "ids of a source of its own",
        "service/moderation/webhooks/sources.py",
        "    source.id_space = source.id\n",
        "",
        f"{ID_SPACES}::test_equal_ids_of_two_sources_and_the_api_are_three_of_everything",
    ),
    Sabotage(
        "authors of a source of its own",
        "service/moderation/webhooks/events.py",
        "author_id=in_space(source.author_space, mapped.author_id)",
        "author_id=mapped.author_id",
        f"{ID_SPACES}::test_a_block_and_an_erasure_are_those_of_one_source",
    ),
    Sabotage(
        "an edit that could not be read holds its comment",
        "service/moderation/webhooks/events.py",
        "        decisions.record_giving_up(session, comment, Reason.EDIT_UNREAD, token=None)\n",
        "",
        "tests/service/moderation/webhooks/test_unread.py::test_an_edit_that_cannot_be_read_holds_an_approved_comment",
    ),
    Sabotage(
        "an edit that could not be read holds a rejected comment too",
        "service/moderation/webhooks/events.py",
        "is_held_for_it = comment.status is CommentStatus.HELD and",
        "is_held_for_it = comment.status is CommentStatus.REJECTED or",
        "tests/service/moderation/webhooks/test_unread.py::"
        "test_an_edit_of_a_rejected_comment_that_cannot_be_read_holds_it_and_the_site_hears_of_it",
    ),
    Sabotage(
        "an edit by API that is older than the stored one changes nothing",
        "service/moderation/intake/intake.py",
        "if moment is not None and order.is_older(moment, comment):",
        "if False:",
        "tests/service/api/v1/test_comments.py::test_of_two_edits_the_one_whose_text_was_read_later_counts",
    ),
    Sabotage(
        "an edit that could not be read keeps older ones out",
        "service/moderation/webhooks/events.py",
        "    order.note_seen(session, comment, moment)  # an older event must not publish its text in the meantime\n",
        "",
        "tests/service/moderation/webhooks/test_unread.py::test_an_older_edit_does_not_publish_what_an_unread_one_held",
    ),
)
