"""Reading, measuring and locating: what looks at pictures."""
