"""Pages for endpoints and webhook sources."""
