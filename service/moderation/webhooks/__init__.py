"""Webhooks from a CMS: sources, field maps, and what arrives."""
