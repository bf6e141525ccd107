"""Pages for moderating: the review queue, one comment, bulk decisions, appeals, legal notices, second looks."""
