"""The off-topic classifier."""
