"""Measuring the lens and the generators it guards."""
