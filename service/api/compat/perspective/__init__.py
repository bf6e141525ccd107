"""Google's Perspective API (Comment Analyzer v1alpha1), which ends on 2026-12-31: its clients change one address."""
