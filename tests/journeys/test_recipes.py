"""The recipes of docs/integrators/cms.md, as they are printed: run against a real Moderato, with a small stand-in for
the CMS that sends or answers as its source and its documentation say.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, Response, request
from sqlalchemy import select

from service.db import Database
from service.installation.settings import Settings
from service.models import Article, Comment, Site
from service.models.stored_ids import bare
from service.moderation.webhooks import sources
from service.queues import Queues
from tests.support.browser import serving
from tests.support.comments import TEXT
from tests.support.pages_of_docs import blocks
from tests.support.quicker import application
from tests.support.services import REPOSITORY

pytestmark = pytest.mark.one_database
PAGE = REPOSITORY / "docs/integrators/cms.md"


@dataclass
class Moderato:
    """The real application, with a source for the CMS."""

    address: str
    settings: Settings
    database: Database
    site: Site
    secret: str = ""
    webhook: str = ""

    def has_source(self, **fields: Any) -> None:
        with self.database.write() as session:
            source, self.secret = sources.add(session, self.site.id, self.settings.keyring, name="CMS", **fields)
            self.webhook = f"{self.address}/v1/webhooks/{source.id}"

    def comments(self) -> dict[str, tuple[str, str | None]]:
        """Return text and author of each comment by its id."""
        with self.database.read() as session:
            found = session.scalars(select(Comment))
            return {bare(one.external_id): (one.text, bare(one.author_external_id)) for one in found}

    def parents(self) -> dict[str, str | None]:
        with self.database.read() as session:
            return {bare(one.external_id): bare(one.parent_external_id) for one in session.scalars(select(Comment))}

    def articles(self) -> list[tuple[str, str, str | None]]:
        with self.database.read() as session:
            return [(bare(one.external_id), one.title, one.url) for one in session.scalars(select(Article))]


@pytest.fixture
def moderato(settings: Settings, database: Database, queues: Queues, site: Site) -> Iterator[Moderato]:
    with serving(application(settings, database, queues)) as address:
        yield Moderato(address, settings, database, site)


@dataclass
class Ghost:
    """Ghost's Content API and the API of its comments, as `mappers/comments.js` writes them."""

    comments: list[dict[str, Any]] = field(default_factory=list)

    def write(self, number: int, text: str, *, parent: str | None = None) -> dict[str, Any]:
        comment = {
            "id": f"c{number}", "parent_id": parent, "in_reply_to_id": None, "in_reply_to_snippet": None,
            "status": "published", "html": f"<p>{text}</p>", "created_at": f"2026-11-22T10:00:0{number}.000Z",
            "edited_at": None, "member": {"id": "m1", "uuid": "u", "name": "Ann", "expertise": None},
            "count": {"likes": 0},
        }  # fmt: skip
        self.comments.append(comment)
        return comment

    def app(self) -> Flask:
        app = Flask("ghost")

        def page(found: list[dict[str, Any]]) -> Response:
            number, limit = int(request.args["page"]), 2  # Ghost may give fewer than were asked for
            shown = found[(number - 1) * limit : number * limit]
            after = number + 1 if number * limit < len(found) else None
            told = {"comments": shown, "meta": {"pagination": {"page": number, "next": after}}}
            return Response(json.dumps(told), content_type="application/json")

        @app.get("/ghost/api/content/posts/")
        def posts() -> Any:
            assert request.args["key"] == "22444f78447824223cefc48062"
            return {"posts": [{"id": "p1", "title": "The bridge", "url": "https://news.example/bridge/"}]}

        @app.get("/members/api/comments/post/p1/")
        def browse() -> Response:
            replies = {one["parent_id"] for one in self.comments}
            return page([
                one | {"count": {"likes": 0, "replies": int(one["id"] in replies)}}
                for one in self.comments if one["parent_id"] is None
            ])  # fmt: skip

        @app.get("/members/api/comments/<comment_id>/replies/")
        def answers(comment_id: str) -> Response:
            return page([one for one in self.comments if one["parent_id"] == comment_id])

        return app


def test_ghost_is_polled_for_new_edited_and_deleted_comments(moderato: Moderato, tmp_path: Path) -> None:
    given = next(json.loads(block) for block in blocks(PAGE, "json") if "comment.member.id" in block)
    moderato.has_source(style="token", field_map=given)
    (tmp_path / "poll.py").write_text(blocks(PAGE, "python")[0])
    ghost = Ghost()
    first, *_ = [ghost.write(number, f"{TEXT} {number}") for number in range(1, 4)]
    ghost.write(4, f"{TEXT} A reply", parent="c1")
    with serving(ghost.app()) as address:
        environ = {"GHOST": address, "GHOST_CONTENT_KEY": "22444f78447824223cefc48062"}
        environ |= {"MODERATION_WEBHOOK": moderato.webhook, "MODERATION_SECRET": moderato.secret}

        def poll() -> None:
            subprocess.run([sys.executable, "poll.py"], cwd=tmp_path, env=environ, check=True, timeout=60)

        poll()
        assert moderato.comments() == {f"c{n}": (f"{TEXT} {n}", "m1") for n in (1, 2, 3)} | {
            "c4": (f"{TEXT} A reply", "m1")
        }
        assert moderato.parents()["c4"] == "c1"
        assert moderato.articles() == [("p1", "The bridge", "https://news.example/bridge/")]
        first |= {"html": f"<p>{TEXT} Edited</p>", "edited_at": "2026-11-22T11:00:00.000Z"}
        ghost.comments[1] |= {"status": "deleted", "html": None}
        del ghost.comments[2]
        poll()
    assert {name: text for name, (text, _) in moderato.comments().items()} == {
        "c1": f"{TEXT} Edited", "c2": "", "c3": "", "c4": f"{TEXT} A reply",
    }  # fmt: skip


# What Drupal's classes do as far as the hooks call them; fields as Serialization normalises a comment.
DRUPAL = r"""<?php
namespace Drupal\comment { interface CommentInterface {} }
namespace {
class Drupal {
    static function service($name) { return new class { function normalize($comment) { return $comment->fields; } }; }
    static function httpClient() { return new class {
        function post($address, $options) {
            $headers = '';
            foreach ($options['headers'] as $name => $value) { $headers .= "$name: $value\r\n"; }
            $http = ['method' => 'POST', 'header' => $headers, 'content' => $options['body'], 'ignore_errors' => TRUE];
            echo file_get_contents($address, FALSE, stream_context_create(['http' => $http])), "\n";
        }
    }; }
}
class Node {
    function label() { return 'The bridge'; }
    function toUrl($rel, $options) { return $this; }
    function toString() { return 'https://news.example/node/7'; }
}
class Comment implements \Drupal\comment\CommentInterface {
    public $node;
    function __construct(public $fields) { $this->node = new Node(); }
    function getCommentedEntity() { return $this->node; }
}
define('MODERATION_WEBHOOK', getenv('MODERATION_WEBHOOK')); define('MODERATION_SECRET', getenv('MODERATION_SECRET'));
%s
function comment($id, $text, $changed) { return new Comment([
    'cid' => [['value' => $id]], 'uuid' => [['value' => "u-$id"]], 'langcode' => [['value' => 'en']],
    'comment_type' => [['target_id' => 'comment']], 'status' => [['value' => TRUE]], 'pid' => [],
    'uid' => [['target_id' => 4, 'target_type' => 'user']], 'name' => [['value' => 'Ann']],
    'entity_id' => [['target_id' => 7, 'target_type' => 'node']], 'entity_type' => [['value' => 'node']],
    'created' => [['value' => '2026-11-22T10:00:00+00:00', 'format' => 'Y-m-d\TH:i:sP']],
    'changed' => [['value' => "2026-11-22T10:0$changed:00+00:00", 'format' => 'Y-m-d\TH:i:sP']],
    'comment_body' => [['value' => $text, 'format' => 'basic_html', 'processed' => "<p>$text</p>"]],
]); }
[$first, $second] = [comment(15, getenv('TEXT'), 0), comment(16, getenv('TEXT') . ' 2', 0)];
moderato_comment_insert($first);
moderato_comment_insert($second);
moderato_comment_update(comment(15, getenv('TEXT') . ' Edited', 1));
$second->node = NULL; // its node is gone already
moderato_comment_delete($second);
}
"""


@pytest.mark.skipif(shutil.which("php") is None, reason="no PHP on this machine")
def test_drupals_hooks_send_new_edited_and_deleted_comments(moderato: Moderato) -> None:
    moderato.has_source(style="github", preset="drupal")
    hooks = next(block for block in blocks(PAGE, "php") if "moderato_comment_insert" in block)
    environ = {"MODERATION_WEBHOOK": moderato.webhook, "MODERATION_SECRET": moderato.secret, "TEXT": TEXT}
    done = subprocess.run(
        [str(shutil.which("php")), "-d", "display_errors=stderr"],
        input=DRUPAL % hooks, env=environ, capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [one["state"] for one in answers] == ["applied"] * 4, done.stderr
    assert moderato.comments() == {"15": (f"{TEXT} Edited", "4"), "16": ("", None)}
    assert moderato.articles() == [("7", "The bridge", "https://news.example/node/7")]


# Strapi's event hub and webhook runner: `{event, createdAt, ...info}` to each webhook of the event, with its headers.
STRAPI = """
const recipe = require('./index.js');
const subscribers = [], sent = [];
const strapi = {
  db: { lifecycles: { subscribe: (one) => subscribers.push(one) } },
  eventHub: { emit: (event, info) => sent.push({ event, createdAt: new Date(), ...info }) },
};
recipe.bootstrap({ strapi });
const happens = (name, result) => subscribers.forEach((one) => one[name] && one[name]({ result }));
const comment = (id, more) => ({ id, documentId: `d${id}`, content: process.env.TEXT, blocked: 0, removed: 0,
  authorId: '42', authorName: 'Ann', authorEmail: 'ann@news.example', related: 'api::article.article:8',
  createdAt: '2026-11-22T10:00:00.000Z', updatedAt: '2026-11-22T10:00:00.000Z', ...more });
happens('afterCreate', comment(1));
happens('afterCreate', comment(2));
happens('afterCreate', comment(3));
happens('afterUpdate', comment(1, { content: `${process.env.TEXT} Edited`, updatedAt: '2026-11-22T10:01:00.000Z' }));
happens('afterUpdate', comment(2, { removed: 1, updatedAt: '2026-11-22T10:01:00.000Z' }));
happens('afterDelete', comment(3));
(async () => {
  for (const body of sent) {
    const headers = { 'Content-Type': 'application/json', 'X-Strapi-Event': body.event,
      Authorization: `Bearer ${process.env.MODERATION_SECRET}` };
    const answer = await fetch(process.env.MODERATION_WEBHOOK, { method: 'POST', headers, body: JSON.stringify(body) });
    console.log((await answer.json()).state);
  }
})();
"""


@pytest.mark.skipif(shutil.which("node") is None, reason="no Node.js on this machine")
def test_strapis_subscriber_raises_what_its_plugin_for_comments_stores(moderato: Moderato, tmp_path: Path) -> None:
    moderato.has_source(style="token", preset="strapi")
    (tmp_path / "index.js").write_text(blocks(PAGE, "js")[0])
    (tmp_path / "strapi.js").write_text(STRAPI)
    environ = {"MODERATION_WEBHOOK": moderato.webhook, "MODERATION_SECRET": moderato.secret, "TEXT": TEXT}
    done = subprocess.run(
        [str(shutil.which("node")), "strapi.js"],
        cwd=tmp_path, env=environ, capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    assert done.stdout.split() == ["applied"] * 6, done.stderr
    assert moderato.comments() == {"d1": (f"{TEXT} Edited", "42"), "d2": ("", None), "d3": ("", None)}
