"""Rewrites prompts: puts something harmless in the place of what was found, and leaves the rest as it is."""

from ethical_lens.text.rewrite.rewriter import Harm, SpanRewriter

__all__ = ["Harm", "SpanRewriter"]
