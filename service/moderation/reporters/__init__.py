"""Readers who report comments: the mark of each, and the record that follows moderators' decisions."""
