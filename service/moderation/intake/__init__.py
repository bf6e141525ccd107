"""Comments and articles as they arrive, and whether a comment repeats another."""
