"""Finding comments again, held and decided alike: an index of words, a list with filters, what an id leads to."""
