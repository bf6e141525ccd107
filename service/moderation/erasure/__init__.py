"""Erasing on request, and by age."""
