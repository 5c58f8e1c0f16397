"""Video → LipShape: landmarks, pose and scale removal, the 50 Hz grid."""
