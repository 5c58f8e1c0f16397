"""Sound and video files in and out; the only place that knows PyAV, soundfile and soxr."""
