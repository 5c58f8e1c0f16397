"""LipShape → Command: imagination, inverse model, lip encoder, forward model."""
