"""Sound → LipShape: sources, features, the speech model."""
