"""Training of the drawn world's own CLIP, its CLIPSeg and the heads on top."""
