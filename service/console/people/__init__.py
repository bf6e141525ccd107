"""Pages about people: signing in, preferences, authors."""
