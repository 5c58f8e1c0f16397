"""The simulated soft face."""
