"""Trainings that make the shipped models. Needs the extra "train"; nothing else in the package imports it."""
