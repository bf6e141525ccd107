"""`make bench`: the product against the naive build, on the same machine, in one run, as ratios."""
