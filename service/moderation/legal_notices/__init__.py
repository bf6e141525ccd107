"""Legal notices: somebody says that a comment is illegal; a lead decides, and everybody concerned is told."""
