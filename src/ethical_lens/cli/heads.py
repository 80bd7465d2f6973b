"""The ``heads`` part of the command line: heads on image embeddings for production."""

from __future__ import annotations

import enum
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ethical_lens.cli import output
from ethical_lens.cli.options import JsonOption, PolicyOption
from ethical_lens.errors import ConfigurationError, InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ethical_lens.image.encoder import OnnxEncoder
    from ethical_lens.image.heads import Heads
    from ethical_lens.image.transformers_encoder import TransformersEncoder

app = typer.Typer(name="heads", help="Build heads that judge pictures by their embeddings.", no_args_is_help=True)


class Origin(enum.StrEnum):
    """Where heads come from."""

    ZERO_SHOT = "zero-shot"
    IMPORT = "import"
    TRAIN = "train"


@app.callback()
def _group() -> None:
    """Build heads that judge pictures by their embeddings."""


@app.command("build")
@output.command
def build_command(
    encoder: Annotated[
        str,
        typer.Option(
            "--encoder",
            metavar="NAME",
            help="Shipped card, folder, or hub name of a CLIP or SigLIP.",
            show_default=False,
        ),
    ],
    origin: Annotated[Origin, typer.Option("--from", help="Descriptions, published heads, or labelled images.")],
    out: Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="Folder to write.", show_default=False)],
    source: Annotated[
        list[str] | None,
        typer.Option(
            "--source",
            metavar="PATH|URL",
            help="Head to import, a file or its https address (repeat); or labelled images to train on.",
        ),
    ] = None,
    calibration: Annotated[
        Path | None,
        typer.Option("--calibration", metavar="PATH", help="Labelled images, other than those to train on."),
    ] = None,
    rate: Annotated[
        float, typer.Option("--rate", min=0.0001, max=0.5, help="Wanted false alarms of all heads on clean images.")
    ] = 0.01,
    domain: Annotated[str, typer.Option("--domain", help="Kind of picture the heads are for.")] = "photograph",
    device: Annotated[str, typer.Option("--device", help="Where a transformers encoder runs.")] = "cpu",
    policy: PolicyOption = "default",
    force: Annotated[bool, typer.Option("--force", help="Replace heads that are there.")] = False,
    update: Annotated[bool, typer.Option("--update", help="Pin anew a head that has changed at its address.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Build heads: DIR gets heads.safetensors, card.json and a policy.yaml with their thresholds.

    zero-shot needs no pictures, import reads published heads (--source nude.pt --source nsfw.pt ...; a head is named by
    its file), train fits heads on labelled pictures. A head at an https address is fetched into DIR/published once; the
    sha256 of the first fetch is pinned, and other content is refused with exit code 4.

    Without --calibration the scores of the first two are no probabilities, and the card says so. A labelled folder has
    one folder a category and one named "clean", or is a CSV.
    """
    from ethical_lens.image.heads import CARD_FILE, policy_layer, save_heads

    if (out / CARD_FILE).exists() and not force:
        raise InputError(f"{out} holds heads already; give --force to replace them, or --out with another folder")
    if origin is Origin.TRAIN:
        _train(encoder, source or [], out, rate=rate, domain=domain, device=device, policy=policy)
        raise typer.Exit(0)
    from ethical_lens.image.encoder import open_encoder

    opened = open_encoder(encoder, domain=domain, device=device)
    heads = (
        _described(opened, calibration, rate, domain, policy, out / "embeddings")
        if origin is Origin.ZERO_SHOT
        else _imported(
            opened, _files(source or [], out / "published", update), calibration, rate, domain, out / "embeddings"
        )
    )
    save_heads(heads, out)
    (out / "policy.yaml").write_text(policy_layer(heads, base=policy), encoding="utf-8")
    if as_json:
        calibrated = calibration is not None
        output.print_json({"path": str(out), "heads": list(heads.names), "calibrated": calibrated})
        return
    typer.echo(output.printable(f"Wrote {out}: {', '.join(heads.names)}, and policy.yaml with their thresholds."))
    for limit in heads.card.limits:
        typer.echo(output.printable(f"  {limit}"))


def _described(
    encoder: OnnxEncoder | TransformersEncoder,
    calibration: Path | None,
    rate: float,
    domain: str,
    policy: str,
    cache: Path,
) -> Heads:
    from ethical_lens import policy as policies
    from ethical_lens.image.embedding_cache import EmbeddingCache
    from ethical_lens.image.labelled import read_labelled
    from ethical_lens.image.zero_shot import HEADS, Labelled, describe, zero_shot_heads

    labelled, names = None, tuple(HEADS)
    if calibration is not None:
        images = read_labelled(calibration)
        names = tuple(name for name in HEADS if name in images.labels)
        embeddings = EmbeddingCache(cache, encoder).embeddings(images)
        labelled = Labelled(embeddings=embeddings, labels=images.labels, clean=images.clean)
    descriptions = describe(policies.load(policy), names)
    return zero_shot_heads(encoder, descriptions, domain=domain, labelled=labelled, rate=rate)


def _files(sources: list[str], folder: Path, update: bool) -> dict[str, Path]:
    """Return the file of each head by its name; what stands at an address is fetched into the folder."""
    from ethical_lens.cli.progress import byte_bars
    from ethical_lens.fetch import local_file
    from ethical_lens.image.upstream import MOST_BYTES
    from ethical_lens.remote.download import DownloadLimits

    if not sources:
        raise ConfigurationError("there is no head to import; give each file or its address with --source")
    files: dict[str, Path] = {}
    with byte_bars() as tell:
        for source in sources:
            path = local_file(source, folder, limits=DownloadLimits(max_bytes=MOST_BYTES), update=update, tell=tell)
            name = path.stem.removesuffix("_head").lower()
            if name in files:
                raise ConfigurationError(f"two sources are named {name!r}; give each head once")
            files[name] = path
    return files


def _imported(
    encoder: OnnxEncoder | TransformersEncoder,
    files: Mapping[str, Path],
    calibration: Path | None,
    rate: float,
    domain: str,
    cache: Path,
) -> Heads:
    from ethical_lens.image.upstream import import_heads

    heads = import_heads(files, domain=domain, encoder=encoder.name)
    return heads if calibration is None else _calibrated(heads, encoder, calibration, rate, cache)


def _calibrated(
    heads: Heads, encoder: OnnxEncoder | TransformersEncoder, calibration: Path, rate: float, cache: Path
) -> Heads:
    import numpy as np

    from ethical_lens.image.calibration import UNKNOWN, tuned
    from ethical_lens.image.embedding_cache import EmbeddingCache
    from ethical_lens.image.labelled import read_labelled

    images = read_labelled(calibration)
    missing = [name for name in heads.names if name not in images.labels]
    if missing:
        raise ConfigurationError(
            f"{calibration} has no labels for {', '.join(missing)}; add them, or import fewer heads"
        )
    embeddings = EmbeddingCache(cache, encoder).embeddings(images)
    table = np.stack([np.asarray(images.labels[name]) for name in heads.names], axis=1)
    chosen = tuned(heads, embeddings, table, clean=images.clean, rate=rate)
    limits = tuple(limit for limit in chosen.card.limits if not limit.startswith("Not calibrated"))
    known = {name: int((images.labels[name] != UNKNOWN).sum()) for name in heads.names}
    return chosen.with_card(
        limits=(*limits, "Calibration and thresholds come from the same images; measure on others."),
        metrics={"calibrated_on": known, "joint_false_alarms_wanted": rate},
    )


def _train(encoder: str, sources: list[str], out: Path, *, rate: float, domain: str, device: str, policy: str) -> None:
    """Run the trainer in a process of its own; the package never imports its training."""
    from ethical_lens.fetch import is_address

    if len(sources) != 1 or is_address(sources[0]):
        raise ConfigurationError(
            "training takes one folder or CSV file of labelled images; give its path with --source"
        )
    words = ["--images", sources[0], "--encoder", encoder, "--out", str(out), "--domain", domain]
    words += ["--joint-false-alarms", str(rate), "--device", device, "--policy", policy]
    ended = subprocess.run([sys.executable, "-m", "ethical_lens.train.heads", *words], check=False)  # noqa: S603
    if ended.returncode:
        raise ConfigurationError(f"the training ended with {ended.returncode}; what it said stands above")
