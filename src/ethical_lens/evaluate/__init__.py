"""Measuring the lens and the generators it guards.

``records`` holds what an evaluation reads and writes, ``datasets`` where prompts come from, ``metrics`` pure functions
from measurements to estimates. Nothing here is used by the lens itself.
"""
