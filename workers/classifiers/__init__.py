import os

# Before NumPy is loaded: its products here are small, and threads of its own on every core would make a comment take
# two and a half times as long as soon as two workers run.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
