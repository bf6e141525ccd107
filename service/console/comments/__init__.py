"""A site's comments, held and decided alike: found again, exported, and what oneself decided."""
