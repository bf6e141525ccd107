"""Sites of tests."""

from service.db import Database
from service.models import Site


def add_site(database: Database, slug: str, name: str) -> Site:
    with database.write() as session:
        site = Site(slug=slug, name=name)
        session.add(site)
    return site
