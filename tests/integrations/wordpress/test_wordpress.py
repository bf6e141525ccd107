"""Comments in a real WordPress with the plugin, against a real Moderato: comments there, verdicts back.

Starting both takes seconds, so all tests share them; each writes comments of its own.
"""

import json
import signal
import time

import pytest

from service.outside.signatures import new_secret
from tests.integrations.wordpress.conftest import FINE, PENDING, Moderato
from tests.support.services import eventually
from tests.support.wordpress import INSTALLED, WordPress
from tests.support.wordpress_visitor import PASSWORD, Visitor

pytestmark = [
    pytest.mark.skipif(not INSTALLED, reason="no WordPress, PHP or MariaDB on this machine"),
    pytest.mark.one_database,
]


def test_a_comment_waits_for_its_verdict_and_shows_why(wordpress: WordPress, moderato: Moderato) -> None:
    fine = wordpress.comment(f"{FINE}, <a href='https://ferry.example'>says the ferry</a>.")
    reply = wordpress.comment(f"{FINE}, and this is awful & rude.", parent=fine)
    held = wordpress.comment(f"{FINE}, so let us all go to the casino instead.")
    wordpress.becomes(fine, "1")
    wordpress.becomes(reply, "trash")
    eventually(lambda: wordpress.mails("Please moderate") == 1, "no mail about what is held, or about what is not")
    assert (moderato.has(held)["status"], wordpress.status(held)) == ("held", "0")

    arrived = moderato.has(reply)
    assert arrived["text"] == f"{FINE}, and this is awful & rude."
    assert (arrived["parent_id"], arrived["author"]["name"]) == (f"{moderato.prefix}{fine}", "Ada")
    assert "ada@example.org" not in json.dumps(arrived)
    assert "says the ferry.\n(https://ferry.example)" in moderato.has(fine)["text"]
    status, article = moderato.client.request("GET", f"/v1/articles/{arrived['article_id']}")
    assert (status, article["title"]) == (200, "The old bridge closes")
    assert article["key_points"] == ["Cracks were found in both piers."]
    assert article["body"] == "Repairs will take two years."
    assert article["url"].startswith(wordpress.url)

    wordpress.is_judged(held)
    _, page, _ = wordpress.editor.send("/wp-admin/edit-comments.php")
    assert "<strong>Held for a moderator</strong>" in page
    assert "casino" in page.split("Held for a moderator")[1].split("</td>")[0]


def test_a_short_comment_is_refused_while_its_writer_can_correct_it(wordpress: WordPress) -> None:
    form = {"comment_post_ID": 1, "author": "Ada", "email": "a@example.org", "comment": "Well " * 40}
    status, page, _ = Visitor(wordpress.url).send("/wp-comments-post.php", form)
    assert status == 422
    assert "Your comment has 19 of at least 50 characters." in page
    assert '"minimum":50' in Visitor(wordpress.url).send("/?p=1")[1]  # what the form counts to


def test_a_short_comment_by_wordpresss_own_api_gets_the_same_sentence(wordpress: WordPress) -> None:
    wordpress.php(
        f"wp_insert_user( array( 'user_login' => 'reader', 'user_pass' => '{PASSWORD}', 'role' => 'subscriber',"
        " 'user_email' => 'reader@example.org' ) );"
    )
    status, answer = (
        Visitor(wordpress.url).sign_in("reader").rest("POST", "/wp/v2/comments", post=1, content="Well, no.")
    )
    assert (status, answer["code"]) == (422, "moderato_too_short")
    assert answer["message"] == "Your comment has 9 of at least 50 characters. Please add a little more."


def test_the_website_of_a_comments_author_is_judged(wordpress: WordPress, moderato: Moderato) -> None:
    fine = wordpress.comment(f"{FINE}, says my diary.", website="https://ada.example/diary")
    spam = wordpress.comment(f"{FINE}, says my shop.", website="http://shop.spam.example")
    wordpress.becomes(fine, "1")
    wordpress.becomes(spam, "trash")
    assert moderato.has(fine)["text"] == f"{FINE}, says my diary.\n(https://ada.example/diary)"
    assert moderato.has(spam)["decisions"][0]["reasons"][0]["code"] == "blocked_link"


def test_what_moderato_does_not_take_is_left_to_wordpresss_moderators(wordpress: WordPress) -> None:
    comment = wordpress.comment(" ".join(f"remark {number}" for number in range(1_000)))
    assert (wordpress.status(comment), wordpress.about(comment)["_moderato_state"]) == ("0", "refused")
    assert "characters; at most 10000 are taken" in wordpress.editor.send("/wp-admin/edit-comments.php")[1]
    wordpress.editor.set_comment(comment, status="approved")
    assert (wordpress.status(comment), "_moderato_decision" in wordpress.about(comment)) == ("1", False)


def test_an_edit_is_held_and_judged_again(wordpress: WordPress, moderato: Moderato) -> None:
    comment = wordpress.comment(f"{FINE}, as everybody here knows.")
    wordpress.becomes(comment, "1")
    wordpress.editor.set_comment(comment, content=f"{FINE}, which is awful.")
    wordpress.becomes(comment, "trash")
    wordpress.editor.set_comment(comment, content=f"{FINE}, as everybody here knows.")
    wordpress.becomes(comment, "1")
    assert moderato.has(comment)["revision"] == 3


def test_an_edit_that_is_too_short_and_then_undone_is_published_again(wordpress: WordPress) -> None:
    comment = wordpress.comment(f"{FINE}, as my neighbours know.")
    wordpress.becomes(comment, "1")
    wordpress.editor.set_comment(comment, content="Too short.")
    assert (wordpress.status(comment), wordpress.about(comment)["_moderato_state"]) == ("0", "refused")
    wordpress.editor.set_comment(comment, content=f"{FINE}, as my neighbours know.")
    assert (wordpress.status(comment), wordpress.about(comment)["_moderato_state"]) == ("1", "judged")


def test_of_two_texts_the_one_that_was_read_later_counts_whichever_arrives_first(
    wordpress: WordPress, moderato: Moderato
) -> None:
    comment = wordpress.comment(f"{FINE}, in the first edition.")
    wordpress.becomes(comment, "1")
    # Cron has read the comment, another request edits it, and cron's request is on its way for a long time.
    late = wordpress.php(
        f"$old = get_comment( {comment} ); $read = microtime( true );"
        f"$GLOBALS['wpdb']->query( \"UPDATE wp_comments SET comment_content = '{FINE}, in the second edition.'"
        f' WHERE comment_ID = {comment}" );'
        f"Moderato\\begin( {comment} ); Moderato\\deliver( {comment} );"
        "$old = Moderato\\as_submission( $old, $read );"
        f"$put = Moderato\\request( 'PUT', '/v1/comments/' . Moderato\\public_id( {comment} ),"
        " array( 'text' => $old['text'], 'changed_at' => $old['changed_at'] ) );"
        "echo $put['status'], ' ', $put['body']['code'];"
    )
    assert late == "409 outdated"
    assert moderato.has(comment)["text"] == f"{FINE}, in the second edition."
    wordpress.is_judged(comment)


def test_an_edit_and_an_approval_in_one_save_both_arrive(wordpress: WordPress, moderato: Moderato) -> None:
    comment = wordpress.comment(f"{FINE}, except for the casino.")
    wordpress.is_judged(comment)
    wordpress.editor.save_comment(comment, f"{FINE}, except for the casino, as I see it.", "1")
    assert wordpress.status(comment) == "1"
    eventually(lambda: moderato.has(comment)["status"] == "approved", "the approval has not arrived")
    arrived = moderato.has(comment)
    assert (arrived["text"], arrived["revision"]) == (f"{FINE}, except for the casino, as I see it.", 2)
    assert [one["source"] for one in arrived["decisions"]] == ["policy", "policy", "moderator"]
    eventually(lambda: "_moderato_decision" not in wordpress.about(comment), "still kept")
    assert wordpress.status(comment) == "1"


def test_what_a_moderator_decides_here_arrives_at_moderato(wordpress: WordPress, moderato: Moderato) -> None:
    comment = wordpress.comment(f"{FINE}, unlike the casino, which is on this side.")
    wordpress.is_judged(comment)
    for status, becomes, there in [
        ("approved", "1", "approved"),
        ("spam", "spam", "rejected"),
        ("approved", "1", "approved"),
        ("trash", "trash", "rejected"),
        ("untrash", "1", "approved"),
    ]:
        wordpress.editor.set_comment(comment, status=status)
        assert (wordpress.status(comment), moderato.has(comment)["status"]) == (becomes, there)
    decisions = moderato.has(comment)["decisions"]
    assert [decision["source"] for decision in decisions] == ["policy", *["moderator"] * 5]
    assert decisions[2]["reasons"][0]["code"] == "spam"

    # What is decided at Moderato comes here, and is no decision of this site.
    moderato.decide(comment, "reject")
    wordpress.becomes(comment, "trash")
    assert len(moderato.has(comment)["decisions"]) == 7


def test_a_plugins_change_of_status_is_no_moderators_decision(wordpress: WordPress, moderato: Moderato) -> None:
    comment = wordpress.comment(f"{FINE}, whatever another plugin thinks.")
    wordpress.becomes(comment, "1")
    wordpress.php(f"wp_spam_comment( {comment} );")
    assert wordpress.status(comment) == "spam"
    assert "_moderato_decision" not in wordpress.about(comment)
    assert moderato.has(comment)["status"] == "approved"


def test_a_comment_that_is_deleted_for_ever_is_erased_at_moderato(wordpress: WordPress, moderato: Moderato) -> None:
    comment = wordpress.comment(f"{FINE}, I regret to say.")
    wordpress.becomes(comment, "1")
    assert wordpress.editor.rest("DELETE", f"/wp/v2/comments/{comment}", force=True)[0] == 200
    eventually(lambda: moderato.has(comment)["text"] == "", "not erased")
    assert wordpress.about(comment) == {}


def test_a_lost_verdict_is_fetched_and_an_early_decision_sent(wordpress: WordPress, moderato: Moderato) -> None:
    comment = wordpress.comment(f"{FINE}, in spite of the casino.")
    wordpress.is_judged(comment)
    wordpress.forget(comment, state="waiting", version=1)
    wordpress.editor.set_comment(comment, status="approved")
    assert moderato.has(comment)["status"] == "held"
    wordpress.catch_up()
    assert (wordpress.status(comment), moderato.has(comment)["status"]) == ("1", "approved")


def test_a_newer_decision_at_moderato_counts(wordpress: WordPress, moderato: Moderato) -> None:
    comment = wordpress.comment(f"{FINE}, as far from here as the casino.")
    wordpress.is_judged(comment)
    moderato.decide(comment, "reject")
    wordpress.becomes(comment, "trash")
    wordpress.forget(comment, state="judged", version=2)
    wordpress.editor.set_comment(comment, status="approved")
    assert wordpress.status(comment) == "trash"
    assert moderato.has(comment)["status"] == "rejected"

    kept = wordpress.comment(f"{FINE}, though Moderato keeps no texts.")
    wordpress.becomes(kept, "1")
    assert moderato.client.request("DELETE", f"/v1/comments/{moderato.prefix}{kept}")[0] == 200
    wordpress.editor.set_comment(kept, status="trash")  # there is nothing to decide there, and it is this site's own
    assert (wordpress.status(kept), "_moderato_decision" in wordpress.about(kept)) == ("trash", False)


def test_while_moderato_is_busy_comments_stay_pending(wordpress: WordPress, moderato: Moderato) -> None:
    moderato.pause(signal.SIGSTOP)
    try:
        batch = [{"id": f"b-{number}", "text": f"{FINE}, {number} times."} for number in range(PENDING)]
        assert moderato.client.request("POST", "/v1/comments/batch", {"comments": batch})[0] == 200
        one_more = {"id": "b-more", "text": f"{FINE}, and once more."}
        eventually(lambda: moderato.client.request("POST", "/v1/comments", one_more)[0] == 503, "never busy")
        comment = wordpress.comment(f"{FINE}, which everybody says at once.")
        assert (wordpress.status(comment), wordpress.about(comment)["_moderato_state"]) == ("0", "unsent")
    finally:
        moderato.pause(signal.SIGCONT)
    eventually(lambda: moderato.client.request("POST", "/v1/comments", one_more)[0] < 300, "still busy")
    wordpress.catch_up()
    wordpress.becomes(comment, "1")


def test_forged_callbacks_are_refused_and_replays_do_nothing(wordpress: WordPress, moderato: Moderato) -> None:
    secret = wordpress.php("echo Moderato\\settings()['secret'];")
    comment = wordpress.comment(f"{FINE}, but the casino is not.")
    wordpress.is_judged(comment)
    newer = moderato.has(comment)["version"] + 1
    approve = {"comment_id": f"{moderato.prefix}{comment}", "sequence": newer, "status": "approved", "reasons": []}

    assert wordpress.callback(approve, secret=new_secret())[0] == 401
    assert wordpress.callback(approve, secret=secret, at=time.time() - 301)[0] == 401
    assert wordpress.callback(approve, secret=secret, at=time.time() + 330)[0] == 401
    for header, forged in [("webhook-signature", "v1,"), ("webhook-signature", ""), ("webhook-id", "msg_2")]:
        assert wordpress.callback(approve, secret=secret, **{header: forged})[0] == 401
    for stale in ({"sequence": newer - 1}, {"comment_id": "another-cms-1"}, {"comment_id": f"{moderato.prefix}1"}):
        assert wordpress.callback(approve | stale, secret=secret) == (200, {"applied": False})
    assert wordpress.status(comment) == "0"
    assert wordpress.callback(approve, secret=secret) == (200, {"applied": True})
    assert wordpress.status(comment) == "1"
    reject = approve | {"sequence": newer + 1, "status": "rejected"}
    assert wordpress.callback(reject, secret=secret) == (200, {"applied": True})
    assert wordpress.callback(approve, secret=secret) == (200, {"applied": False})
    assert wordpress.status(comment) == "trash"


def test_only_comments_of_people_are_sent_and_no_moderators(wordpress: WordPress, moderato: Moderato) -> None:
    for comment_type, text in [("order_note", "Order 7 is paid"), ("comment", "From an import")]:
        wordpress.insert("wp_insert_comment", comment_type, text)
    wordpress.insert("wp_new_comment", "pingback", "A pingback of a blog")
    status, answer = wordpress.editor.rest(
        "POST", "/wp/v2/comments", post=1, content="Welcome to all of you who read this far."
    )
    assert (status, answer["status"]) == (201, "approved")
    kept = wordpress.comment(f"{FINE}, sent after all of these.")
    wordpress.becomes(kept, "1")
    sent = moderato.texts()
    assert f"{FINE}, sent after all of these." in sent
    unwanted = ("Order 7", "import", "pingback", "Welcome")
    assert [text for text in sent if any(word in text for word in unwanted)] == []


def test_no_verdict_brings_back_what_a_filter_or_an_operator_removed(wordpress: WordPress, moderato: Moderato) -> None:
    spam, rejected = wordpress.comment(f"{FINE}, says a robot."), wordpress.comment(f"{FINE}, and this is awful.")
    wordpress.becomes(spam, "1")
    wordpress.is_judged(rejected)  # and in the trash or among spam, as the setting says
    for comment in (spam, rejected):
        wordpress.php(f"wp_spam_comment( {spam} ); Moderato\\set_status( {comment}, 'approve' );")
    assert wordpress.status(spam) == "spam"
    assert wordpress.status(rejected) == "1", "the trash was a verdict's, and a newer one approves"
