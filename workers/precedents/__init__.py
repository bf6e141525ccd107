"""Decided comments that are like a held one, found in memory by the worker that has just scored it."""
