"""The plugin's files: every one is valid PHP, says which version it is, and counts characters as the service does."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from service.moderation.text.length import length_of_words, reader_length
from service.version import VERSION
from tests.support.browser import EXECUTABLE, chromium
from tests.support.wordpress import FILES, INSTALLED, PHP, PLUGIN

PHP_FILES = sorted(PLUGIN.rglob("*.php"))
needs_php = pytest.mark.skipif(PHP is None, reason="no PHP on this machine")
TEXTS = [
    "",
    "  Two   words \n\n here ",
    "über die Brücke, naïve café, e\u0301te\u0301",
    "👨‍👩‍👧‍👦 family, 👍🏽 thumb, 🇩🇪🇫🇷🇩 flags",
    "zero\u200bwidth\u00adhyphen\u2060joiner \u3164\u2800 blanks\ufeff",
    "हिंदी में",
    "한국어 댓글입니다",
    "a" * 70,
    "." * 64,
    "ha " * 30,
    "no no no, this is about the bridge",
    "tab\tand\x85next line\u2028separator",
]


@needs_php
@pytest.mark.parametrize("file", PHP_FILES, ids=lambda file: str(file.relative_to(PLUGIN)))
def test_every_file_is_valid_php_that_runs_only_inside_wordpress(file: Path) -> None:
    done = subprocess.run([str(PHP), "-l", str(file)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    guard = (
        "defined( 'WP_UNINSTALL_PLUGIN' ) || exit;" if file.name == "uninstall.php" else "defined( 'ABSPATH' ) || exit;"
    )
    assert file.read_text().count(guard) == 1


def test_the_header_and_the_readme_have_the_services_version_and_a_licence_that_wordpress_takes() -> None:
    header, readme = (PLUGIN / "moderato.php").read_text(), (PLUGIN / "readme.txt").read_text()
    assert re.findall(r"Version: +(\S+)|const VERSION = '(\S+)'", header) == [(VERSION, ""), ("", VERSION)]
    assert f"Stable tag: {VERSION}\n" in readme
    for name in ("Requires at least", "Requires PHP", "License", "License URI"):
        said = {re.search(rf"{name}: +(.+)", text)[1] for text in (header, readme)}  # type: ignore[index]
        assert len(said) == 1, said


def test_the_plugin_calls_nobody_but_moderato() -> None:
    sources = {file: file.read_text() for file in [*PHP_FILES, *PLUGIN.rglob("*.js")]}
    addresses = {url for text in sources.values() for url in re.findall(r"https?://[\w.-]+\w", text)}
    assert addresses == {"https://wordpress.org", "https://www.gnu.org", "https://moderato.example"}
    calls = {
        file.name for file, text in sources.items() if re.search(r"wp_(safe_)?remote_|fetch\(|curl_|fsockopen", text)
    }
    assert calls == {"api.php"}


def test_every_sentence_can_be_translated_in_our_own_domain() -> None:
    for file in PHP_FILES:
        for call in re.findall(r"(?:esc_html__|esc_attr__|__)\( ('.+?'(?:, '\w+')?) \)", file.read_text()):
            assert call.endswith(", 'moderato'"), f"{file.name}: {call}"


@pytest.mark.skipif(not INSTALLED, reason="no WordPress, PHP or MariaDB on this machine")
def test_the_readme_names_the_wordpress_that_these_tests_run() -> None:
    version = re.search(r"\$wp_version = '(\d+\.\d+)", (FILES / "wp-includes/version.php").read_text())
    assert version
    assert f"Tested up to: {version[1]}\n" in (PLUGIN / "readme.txt").read_text()


@needs_php
def test_php_counts_characters_as_the_service_does() -> None:
    code = (
        "define( 'ABSPATH', '/' ); require 'includes/texts.php'; $counted = array();"
        "foreach ( json_decode( file_get_contents( 'php://stdin' ) ) as $text ) {"
        " $counted[] = array( Moderato\\reader_length( $text ), Moderato\\length_of_words( $text ) ); }"
        "echo json_encode( $counted );"
    )
    done = subprocess.run(
        [str(PHP), "-r", code], cwd=PLUGIN, input=json.dumps(TEXTS), capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout) == [[reader_length(text), length_of_words(text, 10_000)] for text in TEXTS]


@pytest.mark.skipif(EXECUTABLE is None, reason="no Chromium on this machine")
def test_the_form_counts_characters_as_the_service_does_and_says_how_many_are_missing() -> None:
    settings = {"minimum": 50, "more": "%1$d more characters needed", "enough": "%1$d characters"}
    form = '<form id="commentform"><textarea name="comment"></textarea></form>'
    with chromium() as browser:
        page = browser.new_page()
        page.set_content(f"{form}<script>window.moderatoCounter = {json.dumps(settings)}</script>")
        page.add_script_tag(path=str(PLUGIN / "assets/counter.js"))
        counted = page.evaluate("texts => texts.map(window.moderatoCounter.count)", TEXTS)
        assert counted == [length_of_words(text, 10_000) for text in TEXTS]
        note, spoken = page.locator("#moderato-counter"), page.get_by_role("status")
        page.locator("textarea").fill("Only twenty letters.")
        assert (note.inner_text(), spoken.inner_text()) == ("30 more characters needed", "")
        page.locator("textarea").fill("The old bridge was closed twice in the last winter alone.")
        assert note.inner_text() == spoken.inner_text() == "57 characters"
