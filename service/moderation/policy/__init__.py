"""What a site's policy says, for the whole site and for parts of it, and how it changes."""
