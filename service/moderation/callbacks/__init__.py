"""Callbacks to the CMS: endpoints, what they are sent, and each delivery."""
