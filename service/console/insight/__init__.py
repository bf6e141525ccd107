"""Pages with figures: dashboard, operations, model cards, audit log."""
