"""Train the embedded Sketch generator: a small latent-diffusion pipeline in the layout of Stable Diffusion.

Run ``python -m ethical_lens.train.sketch --help`` for the steps: corpus, autoencoder, diffusion, decoder, export.
"""
