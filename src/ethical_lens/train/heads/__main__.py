"""Train heads on a folder or table of labelled images: ``python -m ethical_lens.train.heads --help``."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import torch

from ethical_lens.errors import EthicalLensError
from ethical_lens.image.embedding_cache import EmbeddingCache
from ethical_lens.image.encoder import open_encoder, reference_of
from ethical_lens.image.heads import Heads, policy_layer, save_heads
from ethical_lens.image.labelled import read_labelled
from ethical_lens.train.heads.fit import Settings, fit_heads


def main(arguments: list[str] | None = None) -> int:
    """Encode what is new, fit, and write the heads, their card and a policy that uses their thresholds."""
    given = _parser().parse_args(arguments)
    torch.set_num_threads(given.threads)
    try:
        heads = _trained(given)
        save_heads(heads, given.out)
    except EthicalLensError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    (given.out / "policy.yaml").write_text(policy_layer(heads, base=given.policy), encoding="utf-8")
    sys.stdout.write(json.dumps(heads.card.metrics, indent=1) + "\n")
    return 0


def _trained(given: argparse.Namespace) -> Heads:
    images = read_labelled(given.images)
    encoder = open_encoder(
        given.encoder, domain=given.domain, device=given.device, dtype=given.dtype, batch_size=given.batch
    )
    cache = EmbeddingCache(given.cache or given.out / "embeddings", encoder)
    embeddings = cache.embeddings(images, progress=_tell)
    settings = Settings(
        n_units=given.hidden_units, joint_false_alarms=given.joint_false_alarms, seed=given.seed, n_epochs=given.epochs
    )
    return fit_heads(
        embeddings,
        images.labels,
        images.sources,
        name=given.name,
        domain=given.domain or encoder.domain,
        encoder=encoder.name,
        clean=images.clean,
        reference=reference_of(encoder),
        settings=settings,
        trained_on=given.about or given.images.name,
        licence=given.licence,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m ethical_lens.train.heads", description=__doc__)
    parser.add_argument("--images", type=Path, required=True, help="folder with a sub-folder per category, or CSV file")
    parser.add_argument("--encoder", required=True, help="shipped card, folder, or hub name")
    parser.add_argument("--out", type=Path, required=True, help="folder for heads, card and policy")
    parser.add_argument("--cache", type=Path, help="folder for embeddings; OUT/embeddings by default")
    parser.add_argument("--name", default="heads")
    parser.add_argument("--domain", help="kind of picture; the encoder's own by default")
    parser.add_argument("--about", help="sentence for the card: what the images are, and whose")
    parser.add_argument("--licence", default="unstated")
    parser.add_argument("--policy", default="default", help="policy that the thresholds are laid over")
    parser.add_argument("--hidden-units", type=int, default=0, help="0 makes linear heads")
    parser.add_argument("--epochs", type=int, default=30, help="of heads with hidden units")
    parser.add_argument("--joint-false-alarms", type=float, default=0.01, help="of all heads together, on clean images")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--dtype", default="float32")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--threads", type=int, default=1, help="of the fit; more threads may change last digits")
    return parser


def _tell(n_done: int, n_all: int) -> None:
    sys.stderr.write(f"encoded {n_done} of {n_all}\n")


if __name__ == "__main__":
    raise SystemExit(main())
