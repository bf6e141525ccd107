"""The review queue: what is held, filtered, ordered, paged and counted."""
