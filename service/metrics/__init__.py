"""Figures for Prometheus, read from the database when they are scraped: `/metrics`."""
