"""What people object to: a reader's report, an author's appeal, a notifier's legal notice."""
