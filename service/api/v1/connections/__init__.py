"""How a CMS and Moderato reach each other: endpoints, deliveries and their log; sources, webhooks, dead letters."""
