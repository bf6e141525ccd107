"""Published Detoxify models: loaded, compiled, run by torch."""
