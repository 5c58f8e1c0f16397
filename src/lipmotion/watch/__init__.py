"""Learn lips from people: a folder of videos becomes LipTracks."""
