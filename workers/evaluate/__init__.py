"""The measuring bench: how well the classifiers do on a publisher's own labelled comments.

Nothing here is needed to run the service; it calls the classifiers exactly as a worker does.
"""
