"""What readers see and do through a form on the publisher's page: published comments, receipts, hints."""
