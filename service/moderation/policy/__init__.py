"""What a site's policy says and what it makes of a comment; the judgement itself is pure."""
