"""Legal notices: somebody says that a comment is illegal; a lead decides, and notifier and author hear of it."""
