"""Asking servers over HTTP: deadlines, retries, a breaker, limits, and keys that are shown nowhere."""
