"""``check-image``: what the lens says of pictures that exist already."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from ethical_lens.cli import output
from ethical_lens.cli.options import ImageAction, JsonOption, PolicyOption, reaches
from ethical_lens.cli.output import Code
from ethical_lens.errors import ImageInputError

if TYPE_CHECKING:
    from PIL.Image import Image

    from ethical_lens.lens import ImageReport

SUFFIXES: Final = frozenset({".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff"})
"""Endings of the files that are looked at in a folder."""


@output.command
def check_image(
    paths: Annotated[
        list[str], typer.Argument(metavar="PATH", help="Picture files, and folders of them.", show_default=False)
    ],
    policy: PolicyOption = "default",
    fail_on: Annotated[
        ImageAction | None,
        typer.Option("--fail-on", help="Exit with 3 when a picture meets this action or a severer one."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Judge pictures: files, folders, and every frame of an animation. Nothing is changed.

    One result per file, in order. A file that cannot be read is reported in its place, the others go on, and the
    command exits with 2. Perceived race is never read from these pictures.
    """
    from ethical_lens.cli.progress import progress_bar
    from ethical_lens.lens import Lens
    from ethical_lens.types import Frame

    lens = Lens.default(policy=policy)
    found = [each for path in paths for each in _files(path)]
    code = Code.OK
    with progress_bar(prints=True) as advance:
        for done, (path, error) in enumerate(found):
            advance("Looking", done, len(found))
            try:
                if error is not None:
                    raise error
                images = _opened(path)
            except ImageInputError as refusal:
                _show_error(path, refusal, as_json=as_json)
                code = Code.USAGE
                continue
            reports = lens.check_images([Frame(image=image) for image in images])
            _show_reports(path, images, reports, as_json=as_json)
            if code is Code.OK and any(reaches(report.verdict.action, fail_on) for report in reports):
                code = Code.STOPPED
    raise typer.Exit(code)


def _files(path: str) -> Iterator[tuple[str, ImageInputError | None]]:
    """Yield the file itself, or the pictures below a folder, sorted; hidden ones are passed over."""
    try:
        folder = Path(path)
        if not folder.is_dir():
            yield path, None
            return
        inside = sorted(
            each
            for each in folder.rglob("*")
            if each.suffix.lower() in SUFFIXES
            and each.is_file()
            and not any(part.startswith(".") for part in each.relative_to(folder).parts)
        )
    except (OSError, ValueError) as error:
        yield path, ImageInputError(f"{path!r} cannot be read: {error}; check the path and its permissions")
        return
    yield from ((str(each), None) for each in inside)
    if not inside:
        endings = ", ".join(sorted(SUFFIXES))
        yield path, ImageInputError(f"expected pictures in the folder {path!r} ({endings}), but there are none")


def _opened(path: str) -> list[Image]:
    from ethical_lens.image.intake import open_image

    return open_image(path)


def _show_error(path: str, error: ImageInputError, *, as_json: bool) -> None:
    if as_json:
        output.print_json({"path": path, "error": output.error_form(error)})
    output.complain(str(error))


def _show_reports(path: str, images: Sequence[Image], reports: Sequence[ImageReport], *, as_json: bool) -> None:
    if as_json:
        from ethical_lens.cli.forms import image_form

        output.print_json(image_form(path, reports, images[0].size))
    else:
        from ethical_lens.cli.readable import image_block

        output.show(image_block(path, reports))
