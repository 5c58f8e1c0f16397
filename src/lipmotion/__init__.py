"""lipmotion: a robot face that learns to sync its lips to speech and song.

    import lipmotion

    performance = lipmotion.perform("speech.wav")
    performance.motors                       # a table, one row for each 20 ms, one column a motor
    performance.save_mp4("speech.mp4")

Importing has no effect beyond defining names; heavy parts are imported when they are first used.
"""

__version__ = "0.1.0"
