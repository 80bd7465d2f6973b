"""Distillation: a teacher labels texts, a small student learns to answer like it, and is measured against it."""
