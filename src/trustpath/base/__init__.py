"""Ground layer: errors, clock, names, canonical bytes."""
