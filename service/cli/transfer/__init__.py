"""`moderato import`, `export` and `labels`: comments and decisions from files and into files."""
