"""The toxicity classifiers, and which views of a text they read."""
