"""What can be read from a text alone: length, spelling, links, listed terms, fingerprints. Pure."""
