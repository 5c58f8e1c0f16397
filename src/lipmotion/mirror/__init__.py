"""The face before its mirror: babbling and recording."""
