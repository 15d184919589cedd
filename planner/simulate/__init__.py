"""Phase by phase, flow by flow: what happens to each call once a phase is done."""
