"""The simulated body: soft skin over teeth, servos that behave like servos, a mirror camera."""
