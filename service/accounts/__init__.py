"""Who may use the service: API keys, passwords, single sign-on, sites and their moderators."""
