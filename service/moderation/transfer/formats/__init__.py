"""The files of other systems and our own: what each format's records say, under the same plain names."""
