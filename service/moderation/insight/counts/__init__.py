"""What the figures are counted from: the counts that the database keeps, which decisions count, and the periods."""
