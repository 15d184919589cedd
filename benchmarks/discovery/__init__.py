"""How well flows are found: recall, precision, ports, protocols, boundaries, evidence, calibration and time."""
