"""Is this installation healthy, and does its record keep its promises? For `moderato doctor` and the operations page.

It changes nothing.
"""
