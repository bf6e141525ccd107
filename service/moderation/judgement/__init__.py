"""What a policy makes of a comment: verdict and reasons, place in the review queue, and what its author learns."""
