"""A real WordPress with our plugin: Debian's files, a private MariaDB on a socket, PHP's own server on loopback."""

import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from service.machine.processes import die_with_parent
from service.outside.signatures import sign
from tests.support.mariadb import BINARY, MariaDb
from tests.support.services import REPOSITORY, eventually, free_port, status_of
from tests.support.wordpress_visitor import PASSWORD, Visitor, call

PLUGIN = REPOSITORY / "integrations/wordpress"
FILES = Path("/usr/share/wordpress")
PHP = shutil.which("php")
INSTALLED = bool(PHP and BINARY and (FILES / "wp-settings.php").exists())
STATIC = ("js", "css", "images", "fonts")
CONFIG = """<?php
define( 'DB_NAME', 'wordpress' ); define( 'DB_USER', 'root' ); define( 'DB_PASSWORD', '' );
define( 'DB_HOST', 'localhost:{socket}' ); define( 'DB_CHARSET', 'utf8mb4' ); define( 'DB_COLLATE', '' );
foreach ( array( 'AUTH', 'SECURE_AUTH', 'LOGGED_IN', 'NONCE' ) as $name ) {{
    define( $name . '_KEY', 'a test' ); define( $name . '_SALT', 'another test' );
}}
define( 'WP_DEBUG', true ); define( 'WP_DEBUG_DISPLAY', false ); define( 'WP_DEBUG_LOG', '{folder}/debug.log' );
define( 'WP_HTTP_BLOCK_EXTERNAL', true ); define( 'WP_ACCESSIBLE_HOSTS', '127.0.0.1' );
define( 'DISABLE_WP_CRON', true );
$table_prefix = 'wp_';
if ( ! defined( 'ABSPATH' ) ) {{ define( 'ABSPATH', __DIR__ . '/' ); }}
require_once ABSPATH . 'wp-settings.php';
"""
NETWORK = """define( 'MULTISITE', true ); define( 'SUBDOMAIN_INSTALL', false );
define( 'DOMAIN_CURRENT_SITE', '{at}' ); define( 'PATH_CURRENT_SITE', '/' );
define( 'SITE_ID_CURRENT_SITE', 1 ); define( 'BLOG_ID_CURRENT_SITE', 1 );
"""
# Readers of these tests write faster than people; subjects of mail go to a file; a busy machine is no outage.
MUST_USE = """<?php
add_filter( 'comment_flood_filter', '__return_false', 99 );
add_filter( 'moderato_seconds', fn() => (int) get_option( 'test_seconds', 30 ) );
add_filter( 'pre_wp_mail', function ( $nothing, $mail ) {
    return (bool) file_put_contents( dirname( ABSPATH ) . '/mail.txt', $mail['subject'] . "\\n", FILE_APPEND );
}, 10, 2 );
"""


class WordPress:
    """One installed site, gone after `stop`."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="moderato-wp-"))
        self.site = self.folder / "site"
        self._processes: list[subprocess.Popen[bytes]] = []
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        try:
            self._database = MariaDb(self.folder, self._start)
            self._when_up(lambda: self._database.has("wordpress"))
            self._copy_site()
            self._start_php()
            self._install()
        except BaseException:
            self.stop()
            raise

    def php(self, code: str, path: str = "/") -> str:
        """Run PHP in the site, or in that of a network with this path, as no user; return what it printed."""
        setup = f"$_SERVER['HTTP_HOST'] = '127.0.0.1:{self.port}'; $_SERVER['REQUEST_URI'] = '{path}';"
        setup += f"require '{self.site}/wp-load.php';"
        done = subprocess.run(
            [str(PHP), "-d", "display_errors=stderr", "-r", f"{setup} {code}"],
            cwd=self.site, capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def sql(self, statement: str) -> list[list[str]]:
        """Run a statement; return its rows."""
        return self._database.rows(statement, "wordpress")

    @cached_property
    def admin(self) -> Visitor:
        return Visitor(self.url).sign_in("admin")

    @cached_property
    def editor(self) -> Visitor:
        return Visitor(self.url).sign_in("editor")

    def status(self, comment_id: int) -> str:
        """Return a comment's status as WordPress stores it; '' where it is gone."""
        rows = self.sql(f"SELECT comment_approved FROM wp_comments WHERE comment_ID = {comment_id}")
        return rows[0][0] if rows else ""

    def becomes(self, comment_id: int, status: str) -> None:
        """Wait until the comment has this status."""
        eventually(
            lambda: self.status(comment_id) == status,
            lambda: f"comment {comment_id} is {self.status(comment_id)!r}, not {status!r}: {self.about(comment_id)}",
            seconds=30,
        )

    def is_judged(self, comment_id: int) -> None:
        """Wait until the plugin has the comment's verdict."""
        eventually(lambda: self.about(comment_id)["_moderato_state"] == "judged", "no verdict came", seconds=30)

    def about(self, comment_id: int) -> dict[str, str]:
        """Return what the plugin keeps about a comment."""
        rows = self.sql(f"SELECT meta_key, meta_value FROM wp_commentmeta WHERE comment_id = {comment_id}")
        return {name: value for name, value in rows if name.startswith("_moderato")}

    def catch_up(self) -> None:
        """Have WordPress's cron do now what it does every five minutes."""
        self.php("wp_clear_scheduled_hook( 'moderato_catch_up' ); Moderato\\schedule();")
        assert Visitor(self.url).send("/wp-cron.php")[0] == 200

    def comment(self, text: str, *, email: str = "ada@example.org", parent: int = 0, website: str = "") -> int:
        """Send a comment by the form, as a reader; return its id."""
        form = {"comment_post_ID": 1, "author": "Ada", "email": email, "comment": text, "comment_parent": parent}
        form["url"] = website
        status, content, address = Visitor(self.url).send("/wp-comments-post.php", form)
        assert status == 200, re.sub(r"<style.*?</style>|<[^>]+>", "", content, flags=re.S).strip()
        found = re.search(r"unapproved=(\d+)|#comment-(\d+)", address)
        assert found, address
        return int(found[1] or found[2])

    def mails(self, subject: str) -> int:
        """Return how many mails with these words in their subject have left."""
        file = self.folder / "mail.txt"
        return file.read_text().count(subject) if file.exists() else 0

    def forget(self, comment_id: int, *, state: str, version: int) -> None:
        """Have the plugin forget what it heard after `version`, as if callbacks had been lost."""
        self.php(
            f"$id = {comment_id}; Moderato\\keep( $id, Moderato\\STATE, '{state}' );"
            "Moderato\\keep( $id, Moderato\\SINCE, 1 );"
            f"Moderato\\keep( $id, Moderato\\VERDICT, wp_json_encode( Moderato\\pending( {version} ) ) );"
        )

    def use_key(self, key: str) -> None:
        """Enter another API key."""
        changed = f"array_merge( Moderato\\settings(), array( 'key' => '{key}' ) )"
        self.php(f"update_option( Moderato\\SETTINGS, {changed} ); delete_option( Moderato\\LACKED );")

    def insert(self, function: str, kind: str, text: str) -> int:
        """Insert a comment as other code does, by one of WordPress's functions; return its id."""
        fields = {"comment_post_ID": 1, "comment_type": kind, "comment_content": text, "comment_approved": 1}
        fields |= {"comment_author": "Blog", "comment_author_url": "https://blog.example", "comment_author_email": ""}
        return int(self.php(f"echo {function}( json_decode( '{json.dumps(fields)}', true ) );"))

    def privacy(self, tools: str, email: str) -> dict[str, Any]:
        """Run WordPress's `exporters` or `erasers` for a person, in their order; return what each said."""
        code = f"foreach ( apply_filters( 'wp_privacy_personal_data_{tools}', array() ) as $name => $tool )"
        code += f" {{ $said[ $name ] = $tool['callback']( '{email}', 1 ); }} echo wp_json_encode( $said );"
        return dict(json.loads(self.php(code)))

    def callback(
        self, data: dict[str, Any], *, secret: str, at: float | None = None, **headers: str
    ) -> tuple[int, Any]:
        """Send the plugin a callback that is signed with `secret`."""
        body = json.dumps({"type": "comment.approved", "data": data}).encode()
        moment = datetime.fromtimestamp(time.time() if at is None else at, UTC)
        signed = {"Content-Type": "application/json", **sign([secret], "msg_1", moment, body), **headers}
        return call(f"{self.url}/index.php?rest_route=/moderato/v1/callback", body, headers=signed)

    def become_network(self) -> None:
        """Make the site the first one of a network; from here on only `php` knows where it is."""
        at = f"127.0.0.1:{self.port}"
        self.php(
            "require ABSPATH . 'wp-admin/includes/upgrade.php';"
            "foreach ( $wpdb->tables( 'ms_global' ) as $table => $name ) { $wpdb->$table = $name; }"
            f"install_network(); $made = populate_network( 1, '{at}', 'admin@example.org', 'Gazettes', '/', false );"
            "if ( is_wp_error( $made ) && 'no_wildcard_dns' !== $made->get_error_code() ) { exit( 1 ); }"
        )
        config = self.site / "wp-config.php"
        config.write_text(config.read_text().replace("$table_prefix", NETWORK.format(at=at) + "$table_prefix"))

    def add_site(self, path: str) -> None:
        """Add a site to the network."""
        at = f"127.0.0.1:{self.port}"
        self.php(
            f"$id = wp_insert_site( array( 'domain' => 'two.example', 'path' => '{path}', 'title' => 'Another',"
            " 'network_id' => 1, 'user_id' => 1 ) );"
            f"$wpdb->update( $wpdb->blogs, array( 'domain' => '{at}' ), array( 'blog_id' => $id ) );"  # with its port
        )

    def stop(self) -> None:
        for process in self._processes:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # PHP's server has children
            process.wait(10)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _start(self, command: list[str], **environ: str) -> None:
        with (self.folder / f"{Path(command[0]).name}.log").open("ab") as log:
            self._processes.append(
                subprocess.Popen(
                    command,
                    cwd=self.folder,
                    env=os.environ | environ,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    process_group=0,
                    preexec_fn=die_with_parent(),
                )
            )

    def _copy_site(self) -> None:
        left_out = shutil.ignore_patterns("wp-config.php", ".htaccess", "akismet", *STATIC)
        shutil.copytree(FILES, self.site, ignore=left_out)
        for static in (FILES / part / name for part in ("wp-admin", "wp-includes") for name in STATIC):
            (self.site / static.relative_to(FILES)).symlink_to(static)
        (self.site / "wp-config.php").write_text(CONFIG.format(socket=self._database.socket, folder=self.folder))
        shutil.copytree(PLUGIN, self.site / "wp-content/plugins/moderato")
        (self.site / "wp-content/mu-plugins").mkdir()
        (self.site / "wp-content/mu-plugins/tests.php").write_text(MUST_USE)

    def _start_php(self) -> None:
        options = ["-d", "opcache.enable_cli=1", "-d", "sendmail_path=/bin/true"]
        self._start(
            [str(PHP), *options, "-S", f"127.0.0.1:{self.port}", "-t", str(self.site)], PHP_CLI_SERVER_WORKERS="5"
        )
        self._when_up(lambda: status_of(f"{self.url}/readme.html") == 200)

    def _when_up(self, holds: Any) -> None:
        eventually(holds, lambda: "".join(log.read_text() for log in self.folder.glob("*.log")), seconds=60)

    def _install(self) -> None:
        form = {
            "weblog_title": "The Gazette", "user_name": "admin", "admin_password": PASSWORD,
            "admin_password2": PASSWORD, "pw_weak": 1, "admin_email": "admin@example.org", "blog_public": 0,
        }  # fmt: skip
        status, content, _ = Visitor(self.url).send("/wp-admin/install.php?step=2", form)
        assert status == 200, content
        self.php(
            "update_option( 'comment_previously_approved', 0 ); update_option( 'comment_moderation', 0 );"
            "wp_insert_user( array( 'user_login' => 'editor', 'user_pass' => '" + PASSWORD + "', 'role' => 'editor',"
            " 'user_email' => 'editor@example.org' ) );"
            "wp_update_post( array( 'ID' => 1, 'post_title' => 'The old bridge closes',"
            " 'post_excerpt' => 'Cracks were found in both piers.',"
            " 'post_content' => '<p>Repairs will take <b>two years</b>.</p>' ) );"
            "require ABSPATH . 'wp-admin/includes/plugin.php'; activate_plugin( 'moderato/moderato.php' );"
        )
