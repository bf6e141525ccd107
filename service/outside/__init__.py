"""What crosses the border: which addresses may be called, how messages are signed, how secrets are sealed."""
