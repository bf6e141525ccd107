"""Other articles at an article's address are those that its page would be found as."""

from sqlalchemy.orm import Session

from service.db import Database
from service.models import Article, Site
from service.moderation.intake import articles, same_articles
from service.moderation.intake.articles import ArticleSubmission

PLACE = "https://news.example/2026/bridge"
URLS = {
    "plain": PLACE,
    "slash": f"{PLACE}/",
    "query": f"{PLACE}?utm_source=mail",
    "part": f"{PLACE}#c",
    "two": f"{PLACE}/2",
}


def test_a_slash_a_fragment_and_a_query_that_the_other_lacks_make_no_difference(
    database: Database, site: Site, other_site: Site
) -> None:
    with database.write() as session:
        made = {name: put(session, site, name, url) for name, url in URLS.items()}
        put(session, other_site, "theirs", PLACE)
        put(session, site, "nowhere", None)
    with database.read() as session:

        def same(name: str) -> list[str]:
            return same_articles.with_its_address(session, made[name]).ids

        assert (same("plain"), same("slash"), same("two")) == (["slash"], ["plain"], [])
        assert (same("query"), same("part")) == (["plain", "slash"], ["plain", "slash"])
        for name in ("plain", "slash", "query", "part"):
            assert articles.find_at(session, site.id, URLS[name]).external_id in {name, *same(name)}  # type: ignore[union-attr]


def put(session: Session, site: Site, name: str, url: str | None) -> Article:
    return articles.put(session, site.id, ArticleSubmission(id=name, url=url, title="T")).article
