"""Who acts in tests: a moderator, and the keys of a site."""

from service.moderation.actors import Actor

LEA = Actor(kind="moderator", id="1", name="Lea")
CMS = Actor(kind="key", id="key-1", name="cms")
ADA = Actor(kind="key", id="key-2", name="Ada")  # a moderator who works in the CMS
