"""The contracts of other software: what its clients send and expect, in its own words; a room for each."""
