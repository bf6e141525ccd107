"""The words that readers see of a text that may be HTML: what a CMS shows as text must not be read as markup. Pure.

Read as markup, "<you idiot>" would be an unknown element, and nobody would judge it.
"""

import re
from html import unescape

from service.moderation.webhooks.html_text import INLINE, SPACED, plain_text

_NAMES = "|".join(sorted(INLINE | SPACED | {"p", "div", "br", "hr", "ul", "ol", "li", "pre", "blockquote", "h[1-6]"}))
# Only attributes that `plain_text` reads out, or that can say nothing.
_ATTRIBUTE = (
    r"""href="(?:https?:)?//[^"<>\s]*"|(?:title|alt)="[^"<>]*"|rel="(?:\s|nofollow|noopener|noreferrer|ugc)*"|"""
    r"""target="_(?:blank|self)\""""
)
TAG = re.compile(rf"</?(?:{_NAMES})(?:\s+(?:{_ATTRIBUTE}))*\s*/?>", re.IGNORECASE)


def shown(text: str, /) -> str:
    """Return the plain text of HTML whose every tag is a common one that hides no words; of any other text only
    the entities are read.
    """
    bare = TAG.sub("", text)
    if bare == text and "&" not in text:
        return text
    return unescape(text) if "<" in bare else plain_text(text)
