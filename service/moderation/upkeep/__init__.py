"""Checks and repairs over the whole database."""
