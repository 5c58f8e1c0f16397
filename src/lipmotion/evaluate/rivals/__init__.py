"""Rivals: other programs that turn a sound into mouth shapes, so that they can be judged too.

In: a sound. Out: `RivalCurves`, what the rival says, untouched; and lip shapes made from it in two
ways: by the rival's own published chart (`charts.py`), and by the best linear map to people's lips
that can be fitted (`oracle.py`). None of their code is part of this package: `install.py` fetches
pinned versions into a folder of the user's, and each rival runs in a process of its own.
"""
