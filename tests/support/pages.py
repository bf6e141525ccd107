"""Every page of the console that a person can open.

A view that answers GET is listed here: as a page, which is then looked at by axe, at phone width, at 400 per cent and
with hostile texts (tests/support/full_site.py fills it), or under NO_PAGES with what it is instead.
tests/service/console/test_axe.py fails for any other.
"""

from dataclasses import dataclass

# Endpoint: its address below the site, with fields of `Stage`.
PAGES = {
    "console.review": ("review", "review?filters=1&lane=escalated", "review?order=severe&author={author}"),
    "console.bulk": ("review/bulk",),
    "console.comment": ("comments/{held}", "comments/{rejected}", "comments/{escalated}"),
    "console.comments": (
        "comments",
        "comments?filters=1&text=bridge&status=held",
        "comments?author={author}",
        "comments?reported=1",
    ),
    "console.my_decisions": ("comments/mine",),
    "console.author": ("author?id={author}",),
    "console.authors": ("authors",),
    "console.reasons": ("reasons",),
    "console.appeals": ("appeals",),
    "console.legal_notices": ("legal-notices",),
    "console.second_looks": ("second-looks",),
    "console.policy": ("policy",),
    "console.new_override": ("policy/overrides/new",),
    "console.override": ("policy/overrides/0",),
    "console.effective_rules": ("policy/effective?article={author}",),  # its article has the same id
    "console.policy_version": ("policy/versions/1", "policy/versions/2"),
    "console.policy_curves": ("policy/curves?attribute=toxicity",),
    "console.policy_presets": ("policy/presets",),
    "console.policy_replays": ("policy/replays",),
    "console.policy_replay": ("policy/replays/{replay}",),
    "console.dashboard": ("dashboard",),
    "console.model_card": ("models/compact",),
    "console.api_keys": ("keys",),
    "console.people": ("people",),
    "console.site_alerts": ("alerts",),
    "console.retention": ("retention",),
    "console.endpoints": ("endpoints",),
    "console.new_endpoint": ("endpoints/new",),
    "console.endpoint": ("endpoints/{endpoint}",),
    "console.delivery": ("deliveries/{delivery}",),
    "console.new_source": ("sources/new",),
    "console.source": ("sources/{source}",),
    "console.operations": ("operations",),
    "console.audit": ("audit",),
    "console.transparency_report": ("transparency",),
}
PAGES_OFF_SITE = {
    "console.home": "/console/",
    "console.sign_in_page": "/console/sign-in",
    "console.preferences": "/console/preferences",
    "console.account": "/console/account",
    "console.nowhere": "/console/there-is-no-such-page",
}
NO_PAGES = {
    "console.invitation": "opened with a secret, see tests/service/console/people/test_people_browser.py",
    "console.join": "opened with a secret, see tests/service/console/people/test_people_browser.py",
    "console.static": "files",
    "console.review_rows": "a fragment of the review page",
    "console.review_pulse": "JSON for the review page",
    "console.comments_csv": "a download",
    "console.dashboard_csv": "a download",
    "console.audit_export": "a download",
    "console.transparency_export": "a download",
    "console.to_provider": "a redirect to the identity provider",
    "console.from_provider": "a redirect, or the sign-in page",
    "console.leave_provider": "a redirect to the identity provider",
}


@dataclass(frozen=True)
class Stage:
    """A site with something on every page; the names stand in the addresses of PAGES."""

    slug: str
    held: str
    rejected: str
    escalated: str
    author: str
    endpoint: str
    delivery: str
    source: str
    replay: str

    def addresses(self) -> list[str]:
        """Return every address of PAGES at this site."""
        named = vars(self)
        return [
            f"/console/sites/{self.slug}/{pattern.format(**named)}"
            for patterns in PAGES.values()
            for pattern in patterns
        ]
