"""Command → moving skin: the Face protocol, limits, the simulated face and the mock."""
