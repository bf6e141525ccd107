"""Rules tried on past or live comments without acting on them."""
