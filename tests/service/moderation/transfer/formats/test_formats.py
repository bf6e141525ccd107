"""Each format is read as its system wrote it: ids byte for byte, HTML as readers see it, its own word for a verdict."""

import gzip
import random
from datetime import UTC, datetime
from pathlib import Path

import pytest

from service.errors import Malformed
from service.moderation.transfer import batches
from service.moderation.transfer.arrivals import Arrival
from service.moderation.transfer.batches import Batch
from service.moderation.transfer.formats import delimited, files, formats
from service.moderation.transfer.formats.rows import Format, Options
from service.vocabulary import Verdict
from tests.support import exports

LOOK = "Look here (https://casino.example/win) .\n\nTwelve million for paint & nails."

BY_API = ("", "")  # the id spaces of what comes by the API


def read(path: Path, content: str | bytes, kind: Format | None = None, **options: object) -> Batch:
    """Return all that a file brings, as one batch."""
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    found = Batch()
    with files.opened(path) as source:
        kind = kind or formats.FORMATS[formats.recognise(path)]
        for batch in batches.of_file(source, kind, Options(**options), after=0, maximum_length=10_000, spaces=BY_API):  # type: ignore[arg-type]
            found.arrivals += batch.arrivals
            found.wrong += batch.wrong
            found.left_out += batch.left_out
            found.last = batch.last
    return found


def told(arrivals: list[Arrival]) -> list[tuple[str, str, Verdict | None, bool]]:
    return [(one.mapped.id, one.word, one.verdict, one.is_deleted) for one in arrivals]


def test_wordpress(tmp_path: Path) -> None:
    found = read(tmp_path / "export.xml", exports.WORDPRESS)
    assert told(found.arrivals) == [
        ("8", "1", Verdict.APPROVE, False),
        ("9", "0", None, False),
        ("10", "spam", Verdict.REJECT, False),
        ("11", "trash", Verdict.REJECT, False),
        ("12", "post-trashed", None, True),
        ("14", "1", Verdict.APPROVE, False),
    ]
    first, reply, _, named, gone, broken = (one.mapped for one in found.arrivals)
    assert first.text == LOOK
    assert (first.author_id, reply.author_id, reply.parent_id, first.parent_id) == ("5", None, "8", None)
    assert (first.article_id, first.article_title) == ("100", "The bridge & the bus")
    assert first.article_url == "https://gazette.example/2026/07/bridge/"
    assert (named.author_name, gone.text, gone.author_name) == ("B & C", "", None)
    assert found.arrivals[0].written_at == datetime(2026, 7, 20, 12, 8, 8, tzinfo=UTC)
    assert reply.created_at == datetime(2026, 7, 20, 14, 8, 8, tzinfo=UTC)  # its only time
    assert "\x0b" not in broken.text
    assert found.left_out == {"pingback": 1}
    assert found.wrong == [(8, "has no text")]


def test_an_export_of_a_site_with_our_plugin_has_the_plugins_ids(tmp_path: Path) -> None:
    comments = [
        exports.wordpress_comment(8, user_id="5", author_url="https://ada.example/?a=1&amp;b=2"),
        exports.wordpress_comment(9, parent="8", author_url="http://"),
    ]
    found = read(tmp_path / "export.xml", exports.wordpress(comments, ids="wp-1a2b3c4d-"))
    user, guest = (one.mapped for one in found.arrivals)
    assert (user.id, user.author_id, user.article_id) == ("wp-1a2b3c4d-8", "wp-1a2b3c4d-user-5", "wp-1a2b3c4d-post-100")
    assert (guest.id, guest.author_id, guest.parent_id) == ("wp-1a2b3c4d-9", None, "wp-1a2b3c4d-8")
    assert user.text == f"{exports.TEXT}\n(https://ada.example/?a=1&b=2)"
    assert guest.text == exports.TEXT


def test_disqus(tmp_path: Path) -> None:
    found = read(tmp_path / "gazette.xml.gz", gzip.compress(exports.DISQUS.encode()))
    assert told(found.arrivals) == [
        ("299", "published", Verdict.APPROVE, False),
        ("300", "published", Verdict.APPROVE, False),
        ("301", "spam", Verdict.REJECT, False),
        ("302", "deleted", None, True),
    ]
    first, guest, spam, _ = (one.mapped for one in found.arrivals)
    assert (first.text, first.author_id, first.author_name) == (LOOK, "ada", "Ada")
    assert (guest.author_id, guest.author_name, guest.parent_id) == (None, "Guest", "299")
    assert (first.article_id, first.article_title) == ("bridge-2026", "The bridge & the bus")
    assert (spam.article_id, spam.article_url) == ("https://gazette.example/market", "https://gazette.example/market")


def test_coral_with_its_stories(tmp_path: Path) -> None:
    stories = tmp_path / "stories.json"
    stories.write_text(exports.CORAL_STORIES)
    found = read(tmp_path / "comments.json", exports.CORAL, stories=stories)
    assert told(found.arrivals) == [
        ("c1", "NONE", Verdict.APPROVE, False),
        ("c2", "APPROVED", Verdict.APPROVE, False),
        ("c3", "REJECTED", Verdict.REJECT, False),
        ("c4", "PREMOD", None, False),
        ("c5", "SYSTEM_WITHHELD", None, False),
        ("c6", "NONE", None, True),
    ]
    first, reply = (one.mapped for one in found.arrivals[:2])
    assert (first.text, first.author_id, first.article_id) == (LOOK, "user-1", "story-1")
    assert (first.article_title, first.article_url) == ("The bridge", "https://gazette.example/bridge")
    assert (reply.parent_id, reply.created_at) == ("c1", datetime(2026, 7, 20, 12, 8, 8, tzinfo=UTC))
    assert found.wrong == [(7, "status: must be one of NONE, APPROVED, REJECTED, PREMOD, SYSTEM_WITHHELD")]


def test_a_bad_line_among_corals_stories_is_named(tmp_path: Path) -> None:
    stories = tmp_path / "stories.json"
    stories.write_text(exports.CORAL_STORIES + "\n{cut o")
    with pytest.raises(Malformed, match=r"stories\.json, line 2: is not a JSON object\."):
        read(tmp_path / "comments.json", exports.CORAL, stories=stories)


def test_remark42(tmp_path: Path) -> None:
    found = read(tmp_path / "backup.gz", gzip.compress(exports.REMARK42.encode()))
    assert told(found.arrivals) == [
        ("efbc17f1", "published", Verdict.APPROVE, False),
        ("f863bd79", "published", Verdict.APPROVE, False),
        ("deleted-1", "deleted", None, True),
    ]
    first, reply, _ = (one.mapped for one in found.arrivals)
    assert (first.text, first.author_id, first.parent_id) == (LOOK, "github_1", None)
    assert (first.article_id, first.article_title) == ("https://gazette.example/bridge", "The bridge")
    assert reply.parent_id == "efbc17f1"
    assert first.created_at == datetime(2026, 7, 20, 21, 18, 22, tzinfo=UTC)


def test_csv_by_our_names_or_by_those_that_are_mapped(tmp_path: Path) -> None:
    ours = read(tmp_path / "a.csv", 'id,text,status,likes\n1,"Two\nlines, and ""quotes""",approved,5\n2,Next,,\n')
    assert told(ours.arrivals) == [("1", "approved", Verdict.APPROVE, False), ("2", "", None, False)]
    assert ours.arrivals[0].mapped.text == 'Two\nlines, and "quotes"'
    columns = {"id": "Comment ID", "text": "Kommentar", "author_id": "User"}
    mapped = read(
        tmp_path / "b.csv", "\ufeffComment ID;Kommentar;User\n7;<b>Fett</b>;0\n", delimited.HTML, columns=columns
    )
    (one,) = (arrival.mapped for arrival in mapped.arrivals)
    assert (one.id, one.text, one.author_id) == ("7", "Fett", None)


def test_csv_without_a_column_names_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(Malformed, match=r"no column 'text'; its columns are id, body\. Map them with --map"):
        read(tmp_path / "a.csv", "id,body\n1,x\n")


@pytest.mark.parametrize(
    "given", ["\u00e9", "e\u0301", "комментарий 7/8", "評論 #1", "𝒳" * 512, "  spaced  ", "a\\b\"'%00"]
)
def test_ids_stay_byte_for_byte(tmp_path: Path, given: str) -> None:
    line = exports.lines({"id": given, "text": "x", "parent_id": f"p{given}"[:512], "article": {"id": given}})
    (one,) = read(tmp_path / "a.jsonl", line).arrivals
    assert (one.mapped.id, one.mapped.article_id) == (given, given)


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ('{"text": "secret words"}', "has no id"),
        ('{"id": "1", "text": ""}', "has no text"),
        ('{"id": "1", "text": "  "}', "has no text"),
        ('{"id": "a\\u0000", "text": "secret words"}', "id: must be 1 to 512 characters, none of them a con"),
        ('{"id": "1", "txt": "secret words"}', "txt: is no field of this format"),
        ('{"id": "1", "text": "secret words", "status": "liked"}', "status: must be one of approved, approve, "),
        ('{"id": "1", "text": "secret wo', "is not a JSON object"),
        ("[1, 2]", "is not a JSON object"),
        ('{"id": "1", "text": "\\ud800"}', "has half of a surrogate pair (\\ud800 to \\udfff), which is not"),
        ('{"id": "1", "text": "\\udc00 secret"}', "has half of a surrogate pair"),
        ('{"id": "1", "text": "secret", "article": "a-1"}', "article: Input should be"),
        ('{"id": "1", "text": "secret", "created_at": "soon"}', "created_at: Input should be a valid datetime"),
        ("[" * 50_000, "is nested too deeply"),
        ('{"id": "1", "scores": ' + "[" * 300 + "]" * 300 + "}", "is nested too deeply"),
        ('{"id": "1", "text": "' + "x" * files.LONGEST_LINE + '"}', "is longer than a row may be"),
    ],
)  # fmt: skip
def test_a_bad_row_is_one_sentence_with_its_number_and_the_next_one_is_read(
    tmp_path: Path, line: str, sentence: str
) -> None:
    good = exports.lines({"id": "good", "text": "A good row", "article": None, "author": None})
    found = read(tmp_path / "a.jsonl", f"{good}{line}\n{good.replace('good', 'next')}", formats.FORMATS["jsonl"])
    assert [one.mapped.id for one in found.arrivals] == ["good", "next"]
    ((number, said),) = found.wrong
    assert number == 2
    assert said.startswith(sentence)
    assert "secret" not in said


def test_a_byte_that_is_not_utf_8_is_named_with_its_line_and_the_next_row_is_read(tmp_path: Path) -> None:
    good = exports.lines({"id": "1", "text": "Grüße"}).encode()
    bad = '{"id": "2", "text": "Grüße"}\n'.encode("latin-1")
    found = read(tmp_path / "a.jsonl", good + b"\n" + bad + good.replace(b"1", b"3"))
    assert [one.mapped.id for one in found.arrivals] == ["1", "3"]
    assert found.wrong == [(2, "byte 24 (0xfc) of line 3 is not UTF-8")]


def test_a_line_or_a_cell_that_is_too_long_is_a_bad_row_and_the_next_one_is_read(tmp_path: Path) -> None:
    long = "x" * files.LONGEST_LINE
    found = read(tmp_path / "a.csv", f"id,text\n1,Good\n2,{long}\n3,Next\n")
    assert [one.mapped.id for one in found.arrivals] == ["1", "3"]
    assert found.wrong == [(2, "is longer than a row may be")]
    endless = "\n".join(["x" * 1_000_000] * 6)
    found = read(tmp_path / "b.csv", f'id,text\n1,Good\n2,"{endless}')
    assert [one.mapped.id for one in found.arrivals] == ["1"]
    assert found.wrong[0][1].startswith("has a quotation mark in line 3 without its partner")


BOMB = "<!DOCTYPE rss [" + '<!ENTITY a0 "ha">' + "".join(
    f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10)
) + "]>"  # fmt: skip


@pytest.mark.parametrize(
    "doctype", [BOMB, '<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]>', '<!DOCTYPE rss SYSTEM "http://127.0.0.1:1/x.dtd">']
)  # fmt: skip
def test_a_document_type_is_refused(tmp_path: Path, doctype: str) -> None:
    comment = exports.wordpress_comment(1, "&a9;")
    bomb = exports.wordpress([comment], doctype=doctype).replace("<![CDATA[&a9;]]>", "&a9;")
    with pytest.raises(Malformed, match="declares a document type"):
        read(tmp_path / "a.xml", bomb)


def test_what_comes_before_broken_xml_is_read(tmp_path: Path) -> None:
    whole = exports.wordpress([exports.wordpress_comment(n) for n in range(1, 4)])
    cut = whole[: whole.index("<wp:comment_id><![CDATA[3]]>")]
    path = tmp_path / "a.xml"
    path.write_text(cut)
    with files.opened(path) as source:
        found = batches.of_file(
            source, formats.FORMATS["wordpress"], Options(), after=0, maximum_length=10_000, spaces=BY_API
        )
        assert [one.mapped.id for one in next(found).arrivals] == ["1", "2"]
        with pytest.raises(Malformed, match="not well-formed at line"):
            next(found)


def test_a_gzip_file_that_was_cut_off_is_refused_after_what_can_be_read(tmp_path: Path) -> None:
    packed = gzip.compress(exports.many(3_000).encode())
    with pytest.raises(Malformed, match="damaged or cut off"):
        read(tmp_path / "a.jsonl.gz", packed[: len(packed) // 2])
    packed = gzip.compress(exports.wordpress(map(exports.wordpress_comment, range(1, 2_000))).encode())
    with pytest.raises(Malformed, match=r"damaged or cut off|not well-formed"):
        read(tmp_path / "a.xml.gz", packed[: len(packed) // 2], formats.FORMATS["wordpress"])
    with pytest.raises(Malformed, match="damaged or cut off"):
        read(tmp_path / "b.xml.gz", packed[:20] + b"x" * 5_000, formats.FORMATS["wordpress"])


SAMPLES = {
    "wordpress": exports.WORDPRESS, "disqus": exports.DISQUS, "coral": exports.CORAL, "remark42": exports.REMARK42,
    "jsonl": exports.many(4, status="approved"), "csv": "id,text,status\n1,One,approved\n2,Two,\n",
}  # fmt: skip
ODD = ("\x00", "\x1b[31m", "\\ud800", "]]>", "<", "&", '"', "{", "[" * 300, "9" * 5_000, "\ufeff", "-1", "null", "")


@pytest.mark.parametrize("name", SAMPLES)
def test_whatever_a_file_holds_ends_in_rows_or_in_a_sentence(tmp_path: Path, name: str) -> None:
    chosen = random.Random(7)
    for _ in range(120):
        start = chosen.randrange(len(SAMPLES[name]))
        content = SAMPLES[name][:start] + chosen.choice(ODD) + SAMPLES[name][start + chosen.randrange(40) :]
        said = []
        try:
            said = [sentence for _, sentence in read(tmp_path / "odd", content, formats.FORMATS[name]).wrong]
        except Malformed as error:
            said = [error.detail]
        assert not any("\x1b" in sentence for sentence in said)  # it is printed on a terminal


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (exports.WORDPRESS, "wordpress"), (exports.DISQUS, "disqus"), (exports.CORAL, "coral"),
        (exports.REMARK42, "remark42"), (exports.many(1), "jsonl"), ("id;text\n1;x\n", "csv"),
    ],
)  # fmt: skip
def test_a_format_is_recognised_by_its_beginning(tmp_path: Path, content: str, name: str) -> None:
    path = tmp_path / "unnamed"
    path.write_text("\ufeff" + content)
    assert formats.recognise(path) == name


@pytest.mark.parametrize("content", ["", "\n\n", "<html></html>", "no format at all"])
def test_a_file_that_nothing_tells_is_refused_in_words(tmp_path: Path, content: str) -> None:
    path = tmp_path / "unnamed"
    path.write_text(content)
    with pytest.raises(Malformed, match=r"unnamed: (the file is empty|this XML|the format is not recognised)"):
        formats.recognise(path)
