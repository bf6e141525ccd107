"""Claims on comments and the one gate for every change of status."""
