"""The front of the web process: an event loop that takes and gives whole messages, and hands out threads fairly."""
