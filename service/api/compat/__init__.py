"""The contracts of other software: what its clients send and expect, in its own words; a file for each, or a room."""
