"""One machine: starting every part, watching them, checking the installation, showing a demo."""
