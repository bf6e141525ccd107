"""The plugin on a WordPress site: its connection, its settings, WordPress's own tools, and what deleting it leaves.

The tests share one WordPress and run in this order: the last ones delete the plugin.
"""

import json
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from service.accounts import keys
from service.cli import main as cli
from service.vocabulary import Scope
from tests.integrations.wordpress.conftest import FINE, Moderato
from tests.support.services import eventually, free_port
from tests.support.wordpress import INSTALLED, WordPress
from tests.support.wordpress_visitor import Visitor

pytestmark = [
    pytest.mark.skipif(not INSTALLED, reason="no WordPress, PHP or MariaDB on this machine"),
    pytest.mark.one_database,
]


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
