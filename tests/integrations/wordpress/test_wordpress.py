"""The WordPress plugin in a real WordPress, against a real Moderato: comments there, verdicts back.

Starting both takes seconds, so all tests share them; each writes comments of its own.
"""

import json
import signal
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from service.accounts import keys
from service.cli import main as cli
from service.outside.signatures import new_secret
from service.vocabulary import Scope
from tests.integrations.wordpress.conftest import PENDING, Moderato
from tests.support.services import eventually, free_port
from tests.support.wordpress import INSTALLED, WordPress
from tests.support.wordpress_visitor import PASSWORD, Visitor

pytestmark = [
    pytest.mark.skipif(not INSTALLED, reason="no WordPress, PHP or MariaDB on this machine"),
    pytest.mark.one_database,
]
FINE = "Two years without the bridge is hard on the shops over there"


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


def test_decisions_and_erasures_wait_for_a_key_that_may_and_administrators_see_it(
    wordpress: WordPress, moderato: Moderato
) -> None:
    decided, deleted = (wordpress.comment(f"{FINE}, not the casino, {fate}.") for fate in ("decided", "deleted"))
    wordpress.is_judged(decided)
    wordpress.is_judged(deleted)
    wordpress.use_key(moderato.key_without(Scope.MODERATE, Scope.ERASE))
    wordpress.editor.set_comment(decided, status="approved")
    wordpress.editor.rest("DELETE", f"/wp/v2/comments/{deleted}", force=True)
    new = wordpress.comment(f"{FINE}, before cron runs.")
    wordpress.catch_up()
    wordpress.becomes(new, "1")  # what the key may do goes on
    _, page, _ = wordpress.admin.send("/wp-admin/index.php")
    assert "The API key of Moderato lacks moderate, erase." in page
    assert 'id="moderato-lacked"' not in wordpress.editor.send("/wp-admin/index.php")[1]
    assert (moderato.has(decided)["status"], moderato.has(deleted)["text"] != "") == ("held", True)

    wordpress.php(f"$s = Moderato\\settings(); $s['key'] = '{moderato.key}'; update_option( Moderato\\SETTINGS, $s );")
    wordpress.catch_up()
    assert (moderato.has(decided)["status"], moderato.has(deleted)["text"]) == ("approved", "")
    assert 'id="moderato-lacked"' not in wordpress.admin.send("/wp-admin/index.php")[1]


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


def test_without_moderato_wordpress_decides_and_cron_catches_up(wordpress: WordPress, moderato: Moderato) -> None:
    decided, deleted, edited = (wordpress.comment(f"{FINE}, {fate}") for fate in ("decided", "deleted", "edited"))
    for comment in (decided, deleted, edited):
        wordpress.becomes(comment, "1")

    wordpress.php("update_option( 'test_seconds', 2 );")
    moderato.proxy.set("blackhole")
    started = time.monotonic()
    rude = wordpress.comment(f"{FINE}, awful as it is.")
    assert 2 <= time.monotonic() - started < 20
    fine = wordpress.comment(f"{FINE}, after the outage.")
    wordpress.editor.set_comment(decided, status="spam")
    wordpress.editor.set_comment(edited, content=f"{FINE}, awful since the outage.")
    wordpress.editor.rest("DELETE", f"/wp/v2/comments/{deleted}", force=True)
    assert [wordpress.status(comment) for comment in (rude, fine, edited)] == ["1", "1", "1"]
    _, page, _ = wordpress.admin.send("/wp-admin/index.php")
    assert page.count('id="moderato-outage"') == 1
    assert "Moderato has been away since" in page
    assert 'id="moderato-outage"' not in wordpress.editor.send("/wp-admin/index.php")[1]

    moderato.proxy.set("pass")
    wordpress.php("delete_option( 'test_seconds' );")
    wordpress.catch_up()
    wordpress.becomes(rude, "trash")
    wordpress.becomes(edited, "trash")
    wordpress.is_judged(fine)
    assert wordpress.status(fine) == "1"
    assert moderato.has(decided)["status"] == "rejected"
    assert moderato.has(deleted)["text"] == ""
    _, page, _ = wordpress.admin.send("/wp-admin/index.php")
    assert "answers again" in page
    dismiss = page.split("admin-post.php?action=moderato_dismiss")[1].split('"')[0].replace("&#038;", "&")
    wordpress.admin.send(f"/wp-admin/admin-post.php?action=moderato_dismiss{dismiss}")
    assert 'id="moderato-outage"' not in wordpress.admin.send("/wp-admin/index.php")[1]


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


def test_each_fault_of_the_connection_is_one_sentence(wordpress: WordPress, moderato: Moderato) -> None:
    with moderato.database.write() as session:
        reader = keys.create(session, moderato.site.id, "reader", scopes=[Scope.SUBMIT, Scope.READ])
        usual = keys.create(session, moderato.site.id, "usual", scopes=set(Scope) - {Scope.CONFIGURE})
    for address, key, said in [
        (f"http://127.0.0.1:{free_port()}", moderato.key, "Nobody answers at this address ("),
        (wordpress.url, moderato.key, "What answers at this address is not Moderato (status 404)"),
        (moderato.address, "cm_live_nobody", "Moderato does not accept the API key ("),
        (moderato.address, reader, "The API key lacks the scope moderate."),
        (moderato.address, usual, "Comments can be sent, but verdicts arrive only every five minutes: this key lacks"),
        (moderato.address, moderato.key, "Everything works"),
    ]:
        assert wordpress.admin.save_settings(address=address, key=key).startswith(said)
    (endpoint,) = moderato.client.request("GET", "/v1/endpoints")[1]["endpoints"]
    assert moderato.client.request("POST", f"/v1/endpoints/{endpoint['id']}/rotate")[0] == 200
    assert moderato.client.request("DELETE", f"/v1/endpoints/{endpoint['id']}/old-secrets")[0] == 204
    said = wordpress.admin.save_settings(address=moderato.address, rejected="spam")  # which fetches the new secret
    assert said.startswith("Everything works")
    wordpress.becomes(wordpress.comment(f"{FINE}, how awful."), "spam")
    _, page, _ = wordpress.admin.send("/wp-admin/options-general.php?page=moderato")
    assert moderato.key not in page
    assert "says 50, which counts" in page


def test_nobody_but_an_administrator_changes_settings_and_only_from_our_page(wordpress: WordPress) -> None:
    before = wordpress.php("echo wp_json_encode( Moderato\\settings() );")
    evil = {"action": "moderato_save", "address": "https://evil.example", "key": "k", "_wpnonce": "0123456789"}
    name, token = next(
        (one.name, one.value) for one in wordpress.editor.cookies if one.name.startswith("wordpress_logged_in_")
    )
    as_editor = f"$_COOKIE['{name}'] = urldecode( '{token}' ); wp_set_current_user( 2 );"
    right = wordpress.php(f"{as_editor} echo wp_create_nonce( 'moderato_save' );")
    assert wordpress.editor.send("/wp-admin/admin-post.php", evil | {"_wpnonce": right})[0] == 403
    assert wordpress.admin.send("/wp-admin/admin-post.php", evil)[0] == 403
    assert wordpress.php("echo wp_json_encode( Moderato\\settings() );") == before


def test_no_verdict_brings_back_what_a_filter_or_an_operator_removed(wordpress: WordPress, moderato: Moderato) -> None:
    spam, rejected = wordpress.comment(f"{FINE}, says a robot."), wordpress.comment(f"{FINE}, and this is awful.")
    wordpress.becomes(spam, "1")
    wordpress.is_judged(rejected)  # and in the trash or among spam, as the setting says
    for comment in (spam, rejected):
        wordpress.php(f"wp_spam_comment( {spam} ); Moderato\\set_status( {comment}, 'approve' );")
    assert wordpress.status(spam) == "spam"
    assert wordpress.status(rejected) == "1", "the trash was a verdict's, and a newer one approves"


def test_a_copy_of_the_site_leaves_the_originals_comments_alone(wordpress: WordPress, moderato: Moderato) -> None:
    kept = wordpress.comment(f"{FINE}, on the original.")
    wordpress.becomes(kept, "1")
    moved = "$i = Moderato\\install(); echo $i['at']; $i['at'] = '{}'; update_option( Moderato\\INSTALL, $i );"
    at = wordpress.php(moved.format("original.example"))
    try:
        wordpress.php(f"wp_delete_comment( {kept}, true );")
        assert wordpress.php("echo Moderato\\is_set_up() ? 'yes' : 'no';") == "no"
        assert moderato.has(kept)["text"] == f"{FINE}, on the original."
    finally:
        wordpress.php(moved.format(at))


def test_an_imported_export_and_the_plugin_mean_the_same_comments(
    wordpress: WordPress, moderato: Moderato, tmp_path: Path
) -> None:
    """Comments from before the plugin come to Moderato by the export; what happens to them later meets them there."""
    edited, decided, overturned, deleted = (
        wordpress.insert("wp_insert_comment", "comment", f"{FINE}, said before the plugin, {fate}.")
        for fate in ("edited", "decided", "overturned", "deleted")
    )
    left_alone = wordpress.insert("wp_insert_comment", "comment", f"{FINE}, said after the export.")
    export = tmp_path / "export.xml"
    export.write_text(wordpress.php("require ABSPATH . 'wp-admin/includes/export.php'; export_wp();"))
    prefix = moderato.prefix
    assert f">{prefix}</moderato:ids>" in export.read_text()
    assert "moderato:ids" not in Visitor(wordpress.url).send("/?feed=rss2")[1]
    assert moderato.client.request("DELETE", f"/v1/comments/{prefix}{left_alone}")[0] == 404
    done = CliRunner().invoke(cli.main, ["import", str(export)], env=moderato.environ, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    assert moderato.has(edited)["text"] == f"{FINE}, said before the plugin, edited.\n(https://blog.example)"

    stored = len(moderato.texts())
    wordpress.editor.set_comment(edited, content=f"{FINE}, edited since then.")
    assert moderato.has(edited)["revision"] == 2
    wordpress.becomes(edited, "1")
    wordpress.editor.set_comment(decided, status="spam")
    assert moderato.has(decided)["status"] == "rejected"
    moderato.decide(overturned, "reject")
    where = wordpress.php("echo Moderato\\settings()['rejected'];")
    wordpress.becomes(overturned, where)
    wordpress.editor.rest("DELETE", f"/wp/v2/comments/{deleted}", force=True)
    eventually(lambda: moderato.has(deleted)["text"] == "", "not erased")
    assert len(moderato.texts()) == stored


def test_wordpresss_tools_export_and_erase_what_moderato_has(wordpress: WordPress, moderato: Moderato) -> None:
    theirs = wordpress.comment(f"{FINE}, which I want you to forget.", email="Eve@example.org")
    other = wordpress.comment(f"{FINE}, which you may keep.", email="bob@example.org")
    wordpress.becomes(theirs, "1")
    wordpress.becomes(other, "1")
    exported = wordpress.privacy("exporters", "eve@example.org")["moderato"]
    assert [item["data"][0]["value"] for item in exported["data"]] == [f"{moderato.prefix}{theirs}"]
    assert exported["done"]
    erased = wordpress.privacy("erasers", "eve@example.org")
    assert erased["moderato"] == {"items_removed": True, "items_retained": False, "messages": [], "done": True}
    assert moderato.has(theirs)["text"] == ""
    assert moderato.has(other)["text"] == f"{FINE}, which you may keep."
    assert wordpress.about(theirs) == {}


def test_nothing_is_left_after_the_plugin_is_deleted(wordpress: WordPress, moderato: Moderato) -> None:
    erased = wordpress.comment(f"{FINE}, erased at the last moment.")
    wordpress.becomes(erased, "1")
    never = 4_000_000_000
    wordpress.php(f"foreach ( array( {erased}, {never} ) as $id ) {{ add_option( Moderato\\DELETION . $id, 1 ); }}")
    endpoint = wordpress.php("echo Moderato\\connection()['endpoint'];")
    assert moderato.client.request("GET", f"/v1/endpoints/{endpoint}")[0] == 200
    wordpress.php(
        "require ABSPATH . 'wp-admin/includes/plugin.php'; require ABSPATH . 'wp-admin/includes/file.php';"
        "deactivate_plugins( 'moderato/moderato.php' ); uninstall_plugin( 'moderato/moderato.php' );"
    )
    assert wordpress.sql("SELECT meta_key FROM wp_commentmeta WHERE meta_key LIKE '%moderato%'") == []
    options = wordpress.sql(
        "SELECT option_name FROM wp_options WHERE option_name LIKE '%moderato%' OR option_value LIKE '%moderato_%'"
    )
    assert options == [["uninstall_plugins"]] or options == []
    assert moderato.client.request("GET", f"/v1/endpoints/{endpoint}")[0] == 404
    assert moderato.has(erased)["text"] == ""
    assert wordpress.mails("comments that were not erased") == 0


def test_what_cannot_be_erased_when_the_plugin_is_deleted_is_written_to_the_administrator(
    wordpress: WordPress, moderato: Moderato
) -> None:
    wordpress.php("require ABSPATH . 'wp-admin/includes/plugin.php'; activate_plugin( 'moderato/moderato.php' );")
    wordpress.php(
        f"update_option( Moderato\\SETTINGS, array( 'address' => 'http://127.0.0.1:{free_port()}', 'key' => 'k' ) );"
        "add_option( Moderato\\DELETION . 7, 1 ); require ABSPATH . 'wp-admin/includes/plugin.php';"
        "require ABSPATH . 'wp-admin/includes/file.php';"
        "deactivate_plugins( 'moderato/moderato.php' ); uninstall_plugin( 'moderato/moderato.php' );"
    )
    assert wordpress.mails("Moderato: comments that were not erased") == 1
    assert wordpress.sql("SELECT option_name FROM wp_options WHERE option_name LIKE 'moderato_%'") == []


def test_on_a_network_each_site_has_a_connection_of_its_own(wordpress: WordPress, moderato: Moderato) -> None:
    """The last of these tests: the site becomes a network, and its web server does not know it."""
    wordpress.become_network()
    admin = "require ABSPATH . 'wp-admin/includes/plugin.php'; require ABSPATH . 'wp-admin/includes/file.php';"
    wordpress.php(f"{admin} activate_plugin( 'moderato/moderato.php', '', true );")
    wordpress.add_site("/two/")
    connected = f"update_option( Moderato\\SETTINGS, array( 'address' => '{moderato.address}', 'key' => '{{}}' ) );"
    prefixes = []
    for path, key in (("/", ""), ("/two/", moderato.key)):
        wordpress.php(connected.format(key), path)
        prefixes.append(wordpress.php("echo Moderato\\is_set_up() ? 'yes ' : 'no ', Moderato\\public_id( '' );", path))
    first, second = (one.split() for one in prefixes)
    assert (first[0], second[0], first[1] != second[1]) == ("no", "yes", True)

    said = {"comment_post_ID": 1, "comment_content": f"{FINE}, on the second site.", "comment_author": "Ada"}
    said |= {"comment_author_email": "ada@example.org", "comment_author_url": "", "comment_type": "comment"}
    said |= {"comment_author_IP": "127.0.0.1", "comment_agent": ""}
    comment = wordpress.php(f"echo wp_new_comment( json_decode( '{json.dumps(said)}', true ) );", "/two/")
    eventually(
        lambda: moderato.client.request("GET", f"/v1/comments/{second[1]}{comment}")[1]["status"] == "approved",
        "not approved",
    )
    fetched = f"Moderato\\keep( {comment}, Moderato\\SINCE, 1 ); Moderato\\catch_up();"
    assert wordpress.php(f"{fetched} echo wp_get_comment_status( {comment} );", "/two/") == "approved"

    wordpress.php(
        f"{admin} deactivate_plugins( 'moderato/moderato.php' ); uninstall_plugin( 'moderato/moderato.php' );"
    )
    for table in ("wp_options", "wp_2_options"):
        assert wordpress.sql(f"SELECT option_name FROM {table} WHERE option_name LIKE 'moderato_%'") == []
