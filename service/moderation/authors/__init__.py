"""What is known about an author: facts, standing, strikes."""
