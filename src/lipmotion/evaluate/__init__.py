"""Human against robot: measures and verdicts."""
