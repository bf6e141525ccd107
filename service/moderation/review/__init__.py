"""The review queue and what moderators do in it."""
