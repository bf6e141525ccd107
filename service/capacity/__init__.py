"""Nobody takes all there is, and nobody waits for what does not answer: shares between sites, and a breaker."""
