"""Comments read from the files of other systems, and written to files."""
