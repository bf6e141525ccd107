"""The form's scripts: served to pages of any site, kept for an hour, and nothing else from the disk."""

from pathlib import Path

import pytest
from flask.testing import FlaskClient

from service.api.reader import embed

pytestmark = pytest.mark.one_database
SCRIPT = "export const here = 'ü';\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "form"
    folder.mkdir()
    (folder / "comment-form.js").write_text(SCRIPT)
    (folder / "notes.txt").write_text("not to be served")
    (tmp_path / "outside.js").write_text("not to be served")
    (folder / "inner").mkdir()
    (folder / "inner" / "deep.js").write_text("not to be served")
    monkeypatch.setattr(embed, "INSTALLED", folder)
    return folder


def test_a_script_is_served_to_any_page(client: FlaskClient, folder: Path) -> None:
    answer = client.get("/embed/comment-form.js", headers={"Origin": "https://any.example"})
    assert (answer.status_code, answer.text) == (200, SCRIPT)
    assert answer.content_type == "text/javascript; charset=utf-8"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert answer.headers["Cache-Control"] == "public, max-age=3600"
    again = client.get("/embed/comment-form.js", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    (folder / "comment-form.js").write_text("changed")
    assert client.get("/embed/comment-form.js", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 200


def test_nothing_else_is(client: FlaskClient, folder: Path) -> None:
    for name in (
        "notes.txt", "none.js", "..%2Foutside.js", "../outside.js", "inner%2Fdeep.js", "inner/deep.js", ".", "..",
        "%2e%2e", "..%5Coutside.js", "comment-form.js%00", "%00", "*.js", "COMMENT-FORM.JS",
    ):  # fmt: skip
        answer = client.get(f"/embed/{name}")
        assert answer.status_code == 404, name
        assert "not to be served" not in answer.text
