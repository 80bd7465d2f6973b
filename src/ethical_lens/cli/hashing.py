"""``hash-list``: from a folder of pictures to a list of their hashes, without keeping a picture or a name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ethical_lens.cli import output
from ethical_lens.cli.files import Found, found
from ethical_lens.cli.images import PathsArgument, show_error
from ethical_lens.cli.options import JsonOption
from ethical_lens.cli.output import Code
from ethical_lens.errors import ConfigurationError, ImageInputError

if TYPE_CHECKING:
    from PIL.Image import Image


@output.command
def hash_list(
    paths: PathsArgument,
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FILE", help="List to write.", show_default=False)],
    title: Annotated[str, typer.Option("--title", help="What the list is; operators read it, users never do.")] = "",
    category: Annotated[
        str, typer.Option("--category", metavar="NAME", help="What else the pictures are, in the words of a policy.")
    ] = "forbidden",
    algorithm: Annotated[
        str, typer.Option("--algorithm", metavar="NAME", help="broad, cosine or difference.")
    ] = "broad",
    distance: Annotated[
        int | None,
        typer.Option("--distance", min=0, help="Differing bits that are allowed.", show_default=False),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the file.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Write the hashes of pictures that must never be shown. Pictures and names are not kept.

    A file that cannot be read is reported, the others go on, and the command exits with 2. docs/image-detectors.md says
    how the list is used.
    """
    from ethical_lens.image import hashes
    from ethical_lens.policy import load
    from ethical_lens.types import Stage

    if out.exists() and not force:
        raise ConfigurationError(f"{str(out)!r} exists already; name another file, or replace it with --force")
    known = [each.id for each in load("default").categories.values() if Stage.IMAGE in each.stages]
    if category not in known:
        raise ConfigurationError(f"unknown category {category!r}; use one of: {', '.join(known)}")
    unread: list[str] = []
    made = hashes.hash_list(
        _frames(found(paths), unread, as_json=as_json),
        title=title or out.stem,
        algorithm=algorithm,
        distance=distance,
        category=category,
    )
    hashes.write_list(made, out)
    if as_json:
        output.print_json(
            {"path": str(out), "hashes": len(made.packed), "algorithm": algorithm, "distance": made.distance}
        )
    else:
        output.show(output.one_line(f"{len(made.packed)} hashes in {out}, at most {made.distance} bits apart"))
    raise typer.Exit(Code.USAGE if unread else Code.OK)


def _frames(files: list[Found], unread: list[str], *, as_json: bool) -> Iterator[Image]:
    """Yield every frame of every file; the paths of those that cannot be read are added to a list."""
    from ethical_lens.image.intake import open_image

    for file in files:
        try:
            if file.error is not None:
                raise file.error
            yield from open_image(file.path)
        except ImageInputError as error:
            unread.append(file.path)
            show_error(file.path, error, as_json=as_json)
