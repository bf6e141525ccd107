"""Which language a comment is written in, and which parts of it no classifier reads."""
