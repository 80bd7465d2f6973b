"""``fix-image``: pictures that exist already, with what was found in them hidden."""

from __future__ import annotations

import hashlib
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Final

import typer

from ethical_lens.cli import output
from ethical_lens.cli.files import Found, found, in_order
from ethical_lens.cli.images import (
    ConfigOption,
    DomainOption,
    PathsArgument,
    StateOption,
    WorkersOption,
    lens_for,
    opened_state,
    show_error,
)
from ethical_lens.cli.options import JsonOption, OutOption, PolicyOption
from ethical_lens.cli.output import Code
from ethical_lens.errors import ConfigurationError, ImageInputError
from ethical_lens.types import Status

if TYPE_CHECKING:
    from ethical_lens.cli.resuming import State
    from ethical_lens.image.intake import Picture
    from ethical_lens.lens import Fixed, Lens
    from ethical_lens.serial import Json

LAST_RESORT: Final = ("pixelate", "cover")
"""Editors that are tried where those of the policy do not help, or draw."""
_JPEG_QUALITY: Final = 95


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What became of one file."""

    path: str
    form: Mapping[str, Json] | None
    """As ``--json`` prints it; None for a file that cannot be read."""
    error: ImageInputError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFixer:
    """Fixes files and writes those that are released; called in several threads."""

    lens: Lens
    out: Path
    domain: str | None = None
    state: State | None = None
    force: bool = False

    def __call__(self, file: Found) -> Done:
        """Fix a file, unless the state knows that this was done."""
        from ethical_lens.image.intake import open_picture, read_file

        try:
            if file.error is not None:
                raise file.error
            content = read_file(file.path)
            digest = hashlib.sha256(file.inside.as_posix().encode() + b"\0" + content).hexdigest()
            known = self.state.known(digest) if self.state else None
            if known is not None and self._stands(known):
                return Done(path=file.path, form={**known, "path": file.path})
            picture = open_picture(content, name=file.path)
        except ImageInputError as error:
            return Done(path=file.path, form=None, error=error)
        form = self._fixed(file, picture, content)
        if self.state is not None and not form["retryable"]:
            self.state.keep(digest, form)
        return Done(path=file.path, form=form)

    def _stands(self, known: Mapping[str, Json]) -> bool:
        """Whether the file that was written then is still there."""
        return known.get("out") is None or Path(str(known["out"])).is_file()

    def _fixed(self, file: Found, picture: Picture, content: bytes) -> dict[str, Json]:
        from ethical_lens.cli.pictures import Folder
        from ethical_lens.types import Frame

        frames = [Frame(image=image, domain=self.domain) for image in picture.frames]
        fixed = self.lens.fix_images(frames, last_resort=LAST_RESORT)
        status = _status(fixed)
        target = self.out / file.inside
        if status is not Status.WITHHELD:
            # What was looked at is what is written: transparent parts could hide what nobody has seen.
            as_it_is = status is Status.RELEASED and picture.opaque

            def write(stream: IO[bytes]) -> None:
                if as_it_is:
                    stream.write(content)
                else:
                    save(stream, picture, fixed)

            Folder(target.parent, force=self.force or self.state is not None).write({target.name: write})
        return _form(file.path, None if status is Status.WITHHELD else target, picture, fixed)


@output.command
def fix_image(
    paths: PathsArgument,
    out: OutOption,
    policy: PolicyOption = "default",
    config: ConfigOption = None,
    domain: DomainOption = None,
    workers: WorkersOption = 1,
    state: StateOption = None,
    force: Annotated[bool, typer.Option("--force", help="Replace files of the same names.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Write copies of pictures with what was found in them hidden: blurred, pixelated or covered.

    Every copy is looked at again before it is written; what cannot be put right is withheld, and an animation is
    written whole or not at all. DIR gets the files under their own names, folders with what is below them. Pictures
    that need nothing are copied. Exits with 3 when one is withheld.
    """
    from ethical_lens.cli.pictures import Folder
    from ethical_lens.cli.progress import progress_bar

    files = found(paths)
    Folder(out)
    _require_free(files, out, may_replace=force or state is not None)
    lens = lens_for(policy, config)
    codes = set()
    with ExitStack() as stack:
        memory = stack.enter_context(opened_state(state, "fix-image", lens, domain, str(out))) if state else None
        fixer = FileFixer(lens=lens, out=out, domain=domain, state=memory, force=force)
        advance = stack.enter_context(progress_bar(prints=True))
        for n_done, done in enumerate(in_order(fixer, files, workers)):
            advance("Fixing", n_done, len(files))
            codes.add(_shown(done, as_json=as_json))
    raise typer.Exit(Code.USAGE if Code.USAGE in codes else max(codes, default=Code.OK))


def save(stream: IO[bytes], picture: Picture, fixed: Sequence[Fixed]) -> None:
    """Write frames in the format that they came in, without metadata.

    Args:
        stream: Where to.
        picture: The file as it was read.
        fixed: Its frames, none of them withheld.
    """
    first, *others = [each.image for each in fixed if each.image is not None]
    settings: dict[str, object] = {}
    if picture.format == "JPEG":
        settings = {"quality": _JPEG_QUALITY, "subsampling": 0}
    elif picture.format == "WEBP":
        settings = {"lossless": True}
    if others:
        settings |= {"save_all": True, "append_images": others}
        if picture.format != "TIFF":
            settings |= {"duration": list(picture.durations), "loop": picture.loop}
        if picture.format == "GIF":
            # Pillow would join equal neighbours and shorten the animation.
            settings |= {"disposal": 1, "optimize": False}
    # Some formats are read back while they are written, which a file opened for writing does not allow.
    whole = io.BytesIO()
    first.save(whole, format=picture.format, **settings)
    stream.write(whole.getvalue())


def _status(fixed: Sequence[Fixed]) -> Status:
    statuses = {each.status for each in fixed}
    if Status.WITHHELD in statuses:
        return Status.WITHHELD
    return Status.EDITED if Status.EDITED in statuses else Status.RELEASED


def _form(path: str, target: Path | None, picture: Picture, fixed: Sequence[Fixed]) -> dict[str, Json]:
    from ethical_lens.cli.forms import edit_form
    from ethical_lens.serial import enum_word

    lasts = [each.verdicts[-1] for each in fixed if each.status is Status.WITHHELD]
    firsts = [each.verdicts[0] for each in fixed]
    gravest = max(lasts or firsts, key=lambda verdict: verdict.action)
    reasons = dict.fromkeys(reason for each in fixed for reason in each.reasons)
    return {
        "path": path,
        "status": enum_word(_status(fixed)),
        "out": None if target is None else str(target),
        "reasons": list(reasons),
        "message": gravest.message,
        "edits": [] if target is None else [edit_form(edit) for each in fixed for edit in each.edits],
        "n_looks": sum(len(each.verdicts) for each in fixed),
        "retryable": bool(lasts)
        and all(reason.endswith(".failure") for verdict in lasts for reason in verdict.reasons),
        "frames": len(fixed),
        "width": picture.frames[0].width,
        "height": picture.frames[0].height,
    }


def _require_free(files: Sequence[Found], out: Path, *, may_replace: bool) -> None:
    named = Counter(file.inside for file in files if file.error is None)
    twice = [str(name) for name, count in named.items() if count > 1]
    if twice:
        raise ConfigurationError(f"two files would be written to {twice[0]!r}; fix them one after another")
    taken = [name for name in named if (out / name).exists()]
    if taken and not may_replace:
        raise ConfigurationError(
            f"{str(out)!r} already holds {taken[0]}{' and others' if len(taken) > 1 else ''}; name another folder, or "
            "replace them with --force"
        )
    sources = {Path(file.path).resolve() for file in files if file.error is None}
    if any((out / name).resolve() in sources for name in named):
        raise ConfigurationError(f"{str(out)!r} holds the pictures themselves; name another folder")


def _shown(done: Done, *, as_json: bool) -> Code:
    if done.error is not None or done.form is None:
        if done.error is not None:
            show_error(done.path, done.error, as_json=as_json)
        return Code.USAGE
    if as_json:
        output.print_json(dict(done.form))
    else:
        output.show(_line(done.form))
    return Code.STOPPED if done.form["out"] is None else Code.OK


def _line(form: Mapping[str, Json]) -> str:
    reasons = form["reasons"]
    why = f" ({', '.join(map(str, reasons))})" if isinstance(reasons, list) and reasons else ""
    return output.one_line(f"{str(form['status']).upper():<10}{form['path']}{why}")
