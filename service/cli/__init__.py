"""The command line: a file for each group of commands, rooms for those that belong together."""
