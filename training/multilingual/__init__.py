"""How the multilingual model is made: one encoder for toxicity and off-topic in the languages that compact cannot read.

The steps in order: weights (the published encoder), vocabulary (which pieces it keeps), related (which comment belongs
to which article), joint (toxicity and both at once), export (int8), measure (figures per language).
"""
