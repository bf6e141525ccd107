"""What a policy judges in a text besides its scores: listed terms, links, personal data, words not shown as stored.

Pure, and one for every road to a verdict: a check that is added here counts for comments and for questions alike.
"""

from dataclasses import replace

from service.moderation.judgement.judgement import Facts
from service.moderation.judgement.listed_terms import listed_terms
from service.moderation.policy.rules import Rules
from service.moderation.text.links import find_links
from service.moderation.text.personal_data import find_personal_data
from service.moderation.text.unread import not_as_shown


def with_text(facts: Facts, text: str, rules: Rules, /, *, language: str | None, in_time: bool = True) -> Facts:
    """Return the facts with what the text has; not `in_time`, without the searches that take long."""
    lists = listed_terms(rules)
    links = find_links(text, listed=lists.hosts)
    blocked, suspect = lists.find(text) if in_time else ((), ())
    return replace(
        facts,
        blocked_terms=blocked,
        suspect_terms=suspect,
        links=tuple(link.host for link in links),
        personal_data=find_personal_data(text, language=language) if in_time else (),
        unread=not_as_shown(text, links),
    )
