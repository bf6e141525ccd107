"""`make bench`: the product against a naive and a careful build, on the same machine, in one run, as ratios."""
