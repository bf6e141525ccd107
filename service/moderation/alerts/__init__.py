"""Alerts: what is wrong for how long, who wants to know of it, and the messages that say so."""
