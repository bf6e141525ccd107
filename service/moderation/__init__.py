"""The domain, in the order of the flow: intake, claims, judgement (pure), decisions, outbox, review."""
