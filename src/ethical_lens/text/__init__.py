"""Text: reading prompts past their disguises, finding harm by phrases, and wording it away."""
