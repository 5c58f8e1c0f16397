"""Sound → the face: the one path from a file to motor commands."""
