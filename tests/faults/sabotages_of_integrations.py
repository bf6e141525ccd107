"""How to switch off what protects a publisher's site from forged callbacks and from readers' markup, and Moderato from
forged decisions.
"""

from tests.faults.sabotaged import Sabotage

PLUGIN = "integrations/wordpress/includes"
TESTS = "tests/integrations/wordpress/test_wordpress.py"
SITE_TESTS = "tests/integrations/wordpress/test_site.py"
FORGED = f"{TESTS}::test_forged_callbacks_are_refused_and_replays_do_nothing"
FORM = "integrations/form"
FORM_TESTS = "tests/integrations/form"
SETTINGS = f"{SITE_TESTS}::test_nobody_but_an_administrator_changes_settings_and_only_from_our_page"
PAPER = "integrations/newspaper"
PAPERS = "tests/integrations/newspaper/test_newspaper.py"
STRANGERS = "tests/integrations/newspaper/test_strangers.py"
LATE = f"{PAPERS}::test_a_late_a_repeated_and_a_foreign_callback_change_nothing"
FORGED_TO_PAPER = f"{PAPERS}::test_a_forged_or_old_callback_is_refused_and_changes_nothing"

INTEGRATIONS = (
    Sabotage(
        "WordPress: signature of callbacks",
        f"{PLUGIN}/signature.php",
        "return $right ? '' :",
        "return true ? '' :",
        FORGED,
    ),
    Sabotage("WordPress: tolerance of signed times", f"{PLUGIN}/signature.php", "> TOLERANCE )", "> 10**10 )", FORGED),
    Sabotage(
        "WordPress: the newest verdict wins",
        f"{PLUGIN}/verdicts.php",
        "if ( $verdict['version'] <= verdict_on( $comment_id )['version'] ) {",
        "if ( false ) {",
        FORGED,
    ),
    Sabotage(
        "WordPress: a busy Moderato publishes nothing",
        f"{PLUGIN}/sending.php",
        "\tif ( is_busy( $answer ) ) {\n\t\treturn true;",
        "\tif ( is_busy( $answer ) ) {\n\t\treturn false;",
        f"{TESTS}::test_while_moderato_is_busy_comments_stay_pending",
    ),
    Sabotage(
        "WordPress: the website of a comment's author is judged",
        f"{PLUGIN}/texts.php",
        """? "\\n($website)" : ''""",
        "? '' : ''",
        f"{TESTS}::test_the_website_of_a_comments_author_is_judged",
    ),
    Sabotage(
        "WordPress: only administrators change settings",
        f"{PLUGIN}/settings-page.php",
        "if ( ! current_user_can( 'manage_options' ) ) {\n\t\twp_die(",
        "if ( false ) {\n\t\twp_die(",
        SETTINGS,
    ),
    Sabotage(
        "WordPress: only our own page changes settings",
        f"{PLUGIN}/settings-page.php",
        "\tcheck_admin_referer( $action );\n",
        "",
        SETTINGS,
    ),
    Sabotage(
        "WordPress: only a moderator decides",
        f"{PLUGIN}/decisions.php",
        "if ( ! current_user_can( 'edit_comment', $comment->comment_ID ) ) {",
        "if ( false ) {",
        f"{TESTS}::test_a_plugins_change_of_status_is_no_moderators_decision",
    ),
    Sabotage(
        "Comment form: a comment is text",
        f"{FORM}/thread.js",
        "node.text.textContent = comment.text;",
        "node.text.innerHTML = comment.text;",
        f"{FORM_TESTS}/test_outcomes.py::test_published_comments_are_threaded_text_with_their_line_breaks",
    ),
    Sabotage(
        "Comment form: no cookies go with its requests",
        f"{FORM}/server.js",
        'credentials: "omit"',
        'credentials: "include"',
        f"{FORM_TESTS}/test_writing.py::test_the_component_works_from_another_origin_under_a_strict_policy",
    ),
    Sabotage(
        "Comment form: a late hint does not keep the comment back",
        f"{FORM}/writer.js",
        "const HINT_PATIENCE = 800;",
        "const HINT_PATIENCE = 80_000;",
        f"{FORM_TESTS}/test_writing.py::test_a_hint_that_fails_is_late_or_is_none_does_not_keep_the_comment_back",
    ),
    Sabotage(
        "newspaper: signature of callbacks",
        f"{PAPER}/moderation.py",
        "is_genuine = any(hmac.compare_digest(expected, one) for one in given)",
        "is_genuine = timestamp.isdecimal()",
        FORGED_TO_PAPER,
    ),
    Sabotage(
        "newspaper: tolerance of signed times", f"{PAPER}/moderation.py", "> TOLERANCE:", "> 10**10:", FORGED_TO_PAPER
    ),
    Sabotage("newspaper: the newest verdict wins", f"{PAPER}/comments.py", " AND sequence < :sequence", "", LATE),
    Sabotage("newspaper: a verdict is on one text", f"{PAPER}/comments.py", " AND revision = :revision", "", LATE),
    Sabotage(
        "newspaper: a source's own comments",
        f"{PAPER}/newspaper.py",
        """if verdict.get("source") != app.config[WEBHOOK].rpartition("/")[2]:""",
        "if False:",
        LATE,
    ),
    Sabotage(
        "newspaper: a webhook is kept until it is answered",
        f"{PAPER}/comments.py",
        "if 200 <= status < 300:",
        "if True:",
        f"{PAPERS}::test_while_moderato_is_away_comments_are_kept_and_sent_later_in_their_order",
    ),
    Sabotage(
        "newspaper: an edit that is saved twice is one",
        f"{PAPER}/comments.py",
        " AND text <> :text",
        "",
        f"{STRANGERS}::test_one_edit_that_is_saved_twice_at_once_is_one_edit",
    ),
    Sabotage(
        "newspaper: posts from other sites",
        f"{PAPER}/newspaper.py",
        'if request.method == "POST" and origin is not None and',
        "if False and",
        f"{STRANGERS}::test_what_another_site_makes_a_browser_post_is_refused",
    ),
)
