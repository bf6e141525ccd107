"""How to switch off what keeps a file of comments from filling the memory, telling anybody, delaying live comments."""

from tests.faults.sabotaged import Sabotage

FORMATS = "tests/service/moderation/transfer/formats/test_formats.py"
DELIMITED = "tests/service/moderation/transfer/formats/test_delimited.py"
HISTORY = "tests/service/moderation/transfer/formats/test_history.py"
IMPORTING = "tests/service/cli/transfer/test_importing.py"
LONG_IMPORTS = "tests/service/cli/transfer/test_long_imports.py"
EXPORTING = "tests/service/cli/transfer/test_exporting.py"

TRANSFER = (
    Sabotage(
        "no document type in an imported file",
        "service/moderation/transfer/formats/xml.py",
        "if element.getroottree().docinfo.internalDTD is not None:",
        "if False:",
        f"{FORMATS}::test_a_document_type_is_refused",
    ),
    Sabotage(
        "bound of an imported line",
        "service/moderation/transfer/formats/files.py",
        "len(line) > LONGEST_LINE",
        "False",
        f"{FORMATS}::test_a_bad_row_is_one_sentence_with_its_number_and_the_next_one_is_read",
    ),
    Sabotage(
        "no replaced letters in an imported table",
        "service/moderation/transfer/formats/delimited.py",
        "line.decode(self._encoding)",
        'line.decode(self._encoding, "replace")',
        f"{DELIMITED}::test_a_byte_of_another_encoding_is_named_with_its_line",
    ),
    Sabotage(
        "a stray quotation mark swallows no row",
        "service/moderation/transfer/formats/delimited.py",
        ", strict=True)",
        ")",
        f"{DELIMITED}::test_a_stray_quotation_mark_is_named_with_its_line_and_swallows_no_row",
    ),
    Sabotage(
        "an imported element is forgotten",
        "service/moderation/transfer/formats/xml.py",
        "    element.clear(keep_tail=True)",
        "    return",
        f"{LONG_IMPORTS}::test_ten_times_as_many_rows_take_no_more_memory",
    ),
    Sabotage(
        "an imported decision is no moderator's",
        "service/moderation/transfer/storing.py",
        '"source": Source.SITE',
        '"source": Source.MODERATOR',
        f"{IMPORTING}::test_the_figures_of_moderators_and_of_the_policy_stay_as_they_were",
    ),
    Sabotage(
        "no endpoint is owed an imported decision",
        "service/moderation/upkeep/callback_invariants.py",
        "or_(Comment.imported_at.is_(None), Decision.created_at > Comment.imported_at)",
        "or_(Comment.imported_at.is_(None), Comment.imported_at.is_not(None))",
        f"{IMPORTING}::test_decided_comments_come_in_as_decided_and_nobody_hears_of_them",
    ),
    Sabotage(
        "imported comments wait behind live ones",
        "service/moderation/transfer/storing.py",
        'row["turn"] = turn',
        'row["turn"] = 0.0',
        f"{IMPORTING}::test_an_undecided_comment_waits_behind_those_of_its_own_site_that_come_later",
    ),
    Sabotage(
        "live comments do not queue behind imported ones",
        "service/moderation/intake/turns.py",
        "comment.turn >= edge if behind else comment.turn < edge",
        "comment.turn >= 0",
        f"{IMPORTING}::test_an_undecided_comment_waits_behind_those_of_its_own_site_that_come_later",
    ),
    Sabotage(
        "an archive does not close the intake",
        "service/moderation/decisions/claims.py",
        "_c.turn < BEHIND)",
        "_c.turn >= 0)",
        f"{IMPORTING}::test_an_undecided_comment_waits_behind_those_of_its_own_site_that_come_later",
    ),
    Sabotage(
        "floods count the time of writing",
        "service/moderation/transfer/storing.py",
        "received = min(arrival.written_at or now, now)",
        "received = now",
        f"{IMPORTING}::test_repeats_and_floods_count_the_time_at_which_a_comment_was_written",
    ),
    Sabotage(
        "waits of imported comments are in no figure",
        "service/metrics/running.py",
        "Comment.imported_at.is_(None),",
        "Comment.id.is_not(None),",
        f"{IMPORTING}::test_how_long_imported_comments_waited_is_in_no_figure",
    ),
    Sabotage(
        "an imported history is checked",
        "service/moderation/transfer/formats/history.py",
        "if at[history.revision] is not history.status:",
        "if False:",
        f"{HISTORY}::test_any_other_is_refused_in_a_sentence",
    ),
    Sabotage(
        "an export overwrites nothing",
        "service/cli/transfer/exporting.py",
        "    if file.exists():",
        "    if False:",
        f"{EXPORTING}::test_the_file_is_its_users_alone_and_none_is_overwritten",
    ),
)
