"""The policy page and its form."""
