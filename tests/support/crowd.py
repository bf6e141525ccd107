"""A busy publication for tests of speed: comments as readers write them, with articles, authors, verdicts and scores.

Made up and the same at every run. Texts have a few hundred characters of words that are as unevenly frequent as in any
language, authors and articles are as unequal as in any comment section, and the times follow the days.
"""

import json
import random
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import accumulate, pairwise
from typing import Any

from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from service.clock import utc_now
from service.db import Database, new_id, table
from service.machine.made_up_readers import load_content
from service.models import Article, Comment, Decision, Moderator
from service.moderation.decisions.decisions import STATUS_OF
from service.moderation.insight.counts import counters
from service.moderation.judgement.ranking import queue_columns
from service.moderation.review.queue import held_tally
from service.vocabulary import Attribute, CommentStatus, Reason, Source, Verdict

DAYS = 30
ROWS_AT_ONCE = 5_000
ROWS_AT_FIRST = 200
ATTRIBUTES = tuple(attribute for attribute in Attribute)
RARE_WORDS = ("zeppelin", "quagmire", "xylophone", "oxbow", "jukebox", "wyvern", "kumquat", "fjord")


class Crowd:
    """Writes comments of one site."""

    def __init__(self, database: Database, site_id: str, /, *, seed: int = 5) -> None:
        self.database, self.site_id, self.random = database, site_id, random.Random(seed)
        self.now = utc_now()
        self.content = load_content()
        self.sentences = _sentences(self.random, self.content)
        self._number = 0
        with database.write() as session:
            self.articles = self._add_articles(session, 400)
            self.moderators = self._add_moderators(session, 6)
        self.author_ranks = list(accumulate(1 / (rank + 20) for rank in range(20_000)))
        self.article_ranks = list(accumulate(1 / (rank + 3) for rank in range(len(self.articles))))

    def add(self, held: int, decided: int, *, scores: bool = True) -> None:
        """Add comments that wait for a moderator, and others that were decided by the policy or by people."""
        statuses = [True] * held + [False] * decided
        self.random.shuffle(statuses)
        for start, end in pairwise([0, *range(ROWS_AT_FIRST, len(statuses), ROWS_AT_ONCE), len(statuses)]):
            pairs = [self._comment(is_held) for is_held in statuses[start:end]]
            with self.database.write() as session:
                session.execute(insert(table(Comment)), [comment for comment, _ in pairs])
                session.execute(insert(table(Decision)), [decision for _, made in pairs for decision in made])
                if start == 0 and not self.database.is_sqlite:
                    # Without statistics the triggers look each decision up by reading a whole index. PostgreSQL makes
                    # them by itself within a minute, where autovacuum is not switched off as in the tests.
                    session.execute(text("ANALYZE decision"))
        if scores:
            with self.database.write() as session:
                self._add_scores(session)

    def _comment(self, held: bool) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        chance, self._number = self.random, self._number + 1
        received = self.now - timedelta(seconds=_moment(chance) * DAYS * 86_400 + 30)
        judged = received + timedelta(seconds=0.2 + chance.expovariate(1 / 2))
        by_person = not held and chance.random() < 0.35
        verdict = Verdict.HOLD if held or by_person else chance.choices([Verdict.APPROVE, Verdict.REJECT], [9, 1])[0]
        reasons = [] if verdict is Verdict.APPROVE else _grounds(chance, verdict)
        author = chance.choices(range(20_000), cum_weights=self.author_ranks)[0]
        comment = {
            "id": new_id(),
            "site_id": self.site_id,
            "external_id": f"c-{self._number}",
            "article_id": chance.choices(self.articles, cum_weights=self.article_ranks)[0],
            "author_external_id": f"author-{author}",
            "author_name": f"{chance.choice(self.content['names'])} {author}",
            "text": self._text(),
            "length": 300,
            "status": STATUS_OF[verdict],
            "verdict": verdict,
            "received_at": received,
            "pending_since": received,
            "wake_at": received,
            "decided_at": judged,
            "language_read": chance.choices(["en", "de", "fr", None], [80, 12, 5, 3])[0],
            "escalated_at": judged if held and chance.random() < 0.005 else None,
            "version": 2,
            **queue_columns(reasons),
        }
        made = [self._decision(comment, CommentStatus.PENDING, verdict, judged, Source.POLICY, reasons)]
        if by_person:
            made += self._decided_by_a_person(comment, judged)
        return comment, made

    def _decided_by_a_person(self, comment: dict[str, Any], judged: datetime) -> list[dict[str, Any]]:
        chance, made = self.random, []
        by, at = chance.choice(self.moderators), min(judged + timedelta(hours=chance.expovariate(1 / 3)), self.now)
        if chance.random() < 0.02:  # decided, and undone at once
            mistake = self._by_person(comment, by, Verdict.REJECT, at, Reason.MODERATOR_DECISION)
            at += timedelta(seconds=4)
            undo = self._by_person(comment, by, Verdict.HOLD, at, Reason.UNDONE) | {"undoes": mistake["id"]}
            made += [mistake, undo]
            at += timedelta(seconds=4)
        verdict = chance.choices([Verdict.APPROVE, Verdict.REJECT], [2, 1])[0]
        made.append(self._by_person(comment, by, verdict, at, Reason.MODERATOR_DECISION))
        if chance.random() < 0.01:  # overturned later by another moderator
            verdict = Verdict.APPROVE if verdict is Verdict.REJECT else Verdict.REJECT
            at, other = at + timedelta(hours=2), chance.choice(self.moderators)
            made.append(self._by_person(comment, other, verdict, at, Reason.MODERATOR_DECISION))
        return made

    def _by_person(
        self, comment: dict[str, Any], by: Moderator, verdict: Verdict, at: datetime, code: str
    ) -> dict[str, Any]:
        reasons = [{"code": str(code), "verdict": verdict.value, "text": "a moderator decided"}]
        told = self._decision(comment, comment["status"], verdict, at, Source.MODERATOR, reasons)
        comment["status"], comment["verdict"], comment["decided_at"] = STATUS_OF[verdict], verdict, at
        comment["version"] += 1
        return told | {"moderator_id": by.id, "actor": by.name, "policy_version": None}

    def _decision(
        self,
        comment: dict[str, Any],
        from_status: CommentStatus,
        verdict: Verdict,
        at: datetime,
        source: Source,
        reasons: list[dict[str, Any]],
    ) -> dict[str, Any]:
        return {
            "id": new_id(),
            "site_id": self.site_id,
            "comment_id": comment["id"],
            "revision": 1,
            "from_status": from_status,
            "to_status": STATUS_OF[verdict],
            "verdict": verdict,
            "source": source,
            "policy_version": 1,
            "moderator_id": None,
            "actor": "",
            "reasons": reasons,
            "undoes": None,
            "created_at": at,
        }

    def _text(self) -> str:
        chance = self.random
        said = chance.choices(self.sentences, k=max(1, min(40, round(chance.lognormvariate(0.9, 0.8)))))
        if chance.random() < 0.01:
            said.append(f"It reminds me of a {chance.choice(RARE_WORDS)} number {self._number}.")
        return " ".join(said)

    def _add_articles(self, session: Session, number: int) -> list[str]:
        titles = [article["title"] for article in self.content["articles"]]
        added = [
            Article(site_id=self.site_id, external_id=f"a-{n}", title=f"{titles[n % len(titles)]}, part {n}")
            for n in range(number)
        ]
        session.add_all(added)
        session.flush()
        return [article.id for article in added]

    def _add_moderators(self, session: Session, number: int) -> list[Moderator]:
        added = [Moderator(email=f"{new_id()}@example.org", name=f"Moderator {n}") for n in range(number)]
        session.add_all(added)
        session.flush()
        return added

    def _add_scores(self, session: Session) -> None:
        # In the database, from the comments: a row for each attribute, as the classifier leaves them.
        if not self.database.is_sqlite:
            session.execute(text("SET LOCAL statement_timeout = 0"))
        attributes = ", ".join(f"('{attribute.value}', {n})" for n, attribute in enumerate(ATTRIBUTES))
        session.execute(
            text(
                f"WITH one(attribute, n) AS (VALUES {attributes}) "
                "INSERT INTO score"
                " (id, site_id, comment_id, revision, attribute, value, classifier, version, created_at) "
                "SELECT substr(comment.id, 1, 30) || '-' || one.n, site_id, comment.id, 1, one.attribute,"
                " CASE WHEN one.attribute = comment.attribute THEN comment.score ELSE 0.02 * one.n END,"
                " 'toxicity', '1', decided_at FROM comment CROSS JOIN one WHERE site_id = :site_id"
            ),
            {"site_id": self.site_id},
        )
        findings = json.dumps({"spans": [{"start": 2, "end": 9, "attribute": "toxicity", "weight": 0.8}], "terms": []})
        session.execute(
            text(
                "INSERT INTO assessment (comment_id, revision, language, findings, created_at) "
                "SELECT id, 1, language_read, :findings, decided_at FROM comment WHERE site_id = :site_id"
            ),
            {"site_id": self.site_id, "findings": findings},
        )


def settle(database: Database) -> None:
    """Leave a database as upkeep, and PostgreSQL as autovacuum too, leave it; nobody gives SQLite any statistics."""
    while True:
        with database.write() as session:
            held_tally.fold(session)
            if counters.fold(session) < counters.AT_ONCE:
                break
    if not database.is_sqlite:
        with database.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            connection.execute(text("SET statement_timeout = 0"))
            connection.execute(text("VACUUM (ANALYZE)"))


def _moment(chance: random.Random) -> float:
    """Return a time ago as a share of the whole: days count more than nights."""
    while True:
        ago = chance.random()
        hour = (1 - ago) * DAYS * 24 % 24
        if chance.random() < (0.15 if hour < 6 else 1.0):
            return ago


def _grounds(chance: random.Random, verdict: Verdict) -> list[dict[str, Any]]:
    code = chance.choices(
        [Reason.TOXIC, Reason.OFF_TOPIC, Reason.SUSPECT_TERM, Reason.AUTHOR_NEW, Reason.TOO_MANY_LINKS],
        [60, 20, 8, 9, 3],
    )[0]
    ground: dict[str, Any] = {"code": code.value, "verdict": verdict.value, "text": "why it was held"}
    if code in (Reason.TOXIC, Reason.OFF_TOPIC):
        ground["threshold"] = 0.5
    if code is Reason.TOXIC:
        attribute = chance.choices(ATTRIBUTES[:7], [40, 5, 10, 10, 25, 5, 5])[0]
        ground |= {"attribute": attribute.value, "score": round(0.5 + chance.betavariate(1.2, 2) / 2, 4)}
    elif code is Reason.OFF_TOPIC:
        ground |= {"attribute": Attribute.OFF_TOPIC.value, "score": round(0.8 + chance.random() / 5, 4)}
    grounds = [ground]
    if code is Reason.TOXIC and chance.random() < 0.3:
        score = round(ground["score"] * 0.9, 4)
        grounds.append(ground | {"attribute": Attribute.INSULT.value, "score": score})
    if chance.random() < 0.05:
        grounds.append({"code": Reason.AUTHOR_STRIKES.value, "verdict": verdict.value, "text": "why it was held"})
    return grounds


def _sentences(chance: random.Random, content: dict[str, Any]) -> list[str]:
    """Return sentences of words that are as unevenly frequent as words are: the usual ones first, then made-up ones."""
    said = "".join(c if c.isalpha() else " " for c in json.dumps(content, ensure_ascii=False).lower())
    words = [word for word, _ in Counter(said.split()).most_common()]
    words += ["".join(_syllables(chance)) for _ in range(4_000)]
    ranks = list(accumulate(1 / (rank + 3) for rank in range(len(words))))
    return [
        " ".join(chance.choices(words, cum_weights=ranks, k=chance.randint(5, 22))).capitalize() + "."
        for _ in range(20_000)
    ]


def _syllables(chance: random.Random) -> Iterator[str]:
    for _ in range(chance.randint(2, 4)):
        yield chance.choice("bcdfghklmnprstvw") + chance.choice("aeiou") + chance.choice(["", "", "n", "r", "st"])
