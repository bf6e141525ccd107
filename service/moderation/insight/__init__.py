"""Figures for dashboards and the transparency report."""
