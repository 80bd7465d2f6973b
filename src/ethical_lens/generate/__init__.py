"""Generators: what draws the pictures. One protocol (``ethical_lens.types.Generator``), one module per kind."""
