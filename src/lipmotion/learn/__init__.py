"""All training; the only place that imports torch."""
