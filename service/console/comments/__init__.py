"""A site's comments, held and decided alike: found again, exported, and a moderator's own decisions."""
