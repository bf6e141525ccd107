"""Labels from moderators of other software: the latest word counts, sites are apart, texts go when they must."""

import pytest
from sqlalchemy import select, update

from service.db import Database, database_now
from service.models import Site, SuggestedScore
from service.moderation.erasure import erasing, retention
from service.moderation.insight.agreement import suggested_scores as figures
from service.moderation.intake import suggested_scores
from service.moderation.policy.rules import Rules
from service.vocabulary import Attribute
from tests.support.actors import CMS
from tests.support.comments import submit


def keep(
    database: Database, site: Site, token: str | None, value: float, score: float | None = None, text: str = "Rude."
) -> None:
    ours = {} if score is None else {Attribute.TOXICITY: (score, "compact", "1")}
    with database.write() as session:
        suggested_scores.keep(
            session, site.id, text, {Attribute.TOXICITY: value}, token=token, ours=ours, key_name="coral"
        )


def stored(database: Database) -> list[SuggestedScore]:
    with database.read() as session:
        return list(session.scalars(select(SuggestedScore).order_by(SuggestedScore.id)))


def test_the_latest_word_replaces_the_one_before_at_its_own_site(
    database: Database, site: Site, other_site: Site
) -> None:
    keep(database, site, "c-1", 1.0, 0.9)
    keep(database, other_site, "c-1", 1.0)
    keep(database, site, "c-1", 0.0, text="Rude.\x00 Edited.")
    ours, theirs = stored(database)
    assert (ours.site_id, ours.value, ours.score, ours.comment_text) == (site.id, 0.0, None, "Rude. Edited.")
    assert (theirs.site_id, theirs.value, theirs.comment_text) == (other_site.id, 1.0, "Rude.")


def test_a_token_that_is_too_long_is_kept_as_a_hash(database: Database, site: Site) -> None:
    for token in ("x" * 601, "x" * 602, None):
        keep(database, site, token, 1.0)
    assert [row.subject[:7] for row in stored(database)] == ["sha256:"] * 3


def test_precision_is_the_share_of_the_flagged_that_moderators_call_so(database: Database, site: Site) -> None:
    for number, (value, score) in enumerate([(1, 0.95), (1, 0.9), (0, 0.9), (1, 0.1), (0, 0.1), (1, None)]):
        keep(database, site, f"c-{number}", float(value), score)
    rules = Rules.model_validate({"thresholds": {"toxicity": {"hold_at": 0.5, "reject_at": 0.9}}})
    with database.read() as session:
        (found,) = figures.precisions(session, site.id, rules)
    assert (found.attribute, found.labels, found.positive, found.hold_at) == (Attribute.TOXICITY, 6, 4, 0.5)
    assert (found.flagged.hits, found.flagged.of) == (2, 3)


def test_the_texts_are_exported_one_row_each(database: Database, site: Site) -> None:
    keep(database, site, "c-1", 1.0)
    with database.write() as session:
        suggested_scores.keep(
            session, site.id, "Rude.", {Attribute.INSULT: 0.0}, token="c-1", ours={}, key_name="coral"
        )
    keep(database, site, "c-2", 0.0, text="Kind.")
    with database.read() as session:
        first, second = figures.texts(session, site.id)
    assert (first["text"], first["toxicity"], first["insult"], first["threat"]) == ("Rude.", 1.0, 0.0, None)
    assert (second["text"], second["toxicity"], second["insult"]) == ("Kind.", 0.0, None)


def test_a_text_goes_after_the_sites_retention_and_its_value_stays(database: Database, site: Site) -> None:
    keep(database, site, "c-1", 1.0, 0.9)
    for days, text in ((89, "Rude."), (91, None)):
        with database.write() as session:
            session.execute(update(SuggestedScore).values(created_at=database_now(-days * 86_400)))
            retention.erase_expired(session, default_days=90)
        (row,) = stored(database)
        assert (row.comment_text, row.value, row.score) == (text, 1.0, 0.9)


@pytest.mark.parametrize("token", ["c-1", "comment:c-1"])
def test_a_text_goes_with_the_comment_that_is_erased(database: Database, site: Site, token: str) -> None:
    submit(database, site.id, external_id="c-1")
    keep(database, site, token, 1.0)
    keep(database, site, "c-11", 1.0)
    with database.write() as session:
        erasing.erase_comment(session, site.id, "c-1", by=CMS)
    assert [row.comment_text for row in stored(database)] == [None, "Rude."]
