"""Readers' reports: filed, weighed, and dismissed; enough weight brings a published comment back to the queue."""
