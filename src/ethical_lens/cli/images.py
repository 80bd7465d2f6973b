"""``check-image``: what the lens says of pictures that exist already."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from ethical_lens.cli import output
from ethical_lens.cli.files import Found, found, in_order
from ethical_lens.cli.options import ImageAction, JsonOption, PolicyOption, reaches
from ethical_lens.cli.output import Code
from ethical_lens.errors import ImageInputError
from ethical_lens.types import Action

if TYPE_CHECKING:
    from rich.console import RenderableType

    from ethical_lens.cli.resuming import State
    from ethical_lens.cli.sheet import Tile
    from ethical_lens.image.intake import Picture
    from ethical_lens.lens import ImageReport, Lens
    from ethical_lens.serial import Json

MOST_WORKERS: Final = 64
_AT_ONCE: Final = 8
"""Frames of an animation that are looked at in one batch, so that none waits for a time-out of many."""

PathsArgument = Annotated[
    list[str], typer.Argument(metavar="PATH", help="Picture files, and folders of them.", show_default=False)
]
ConfigOption = Annotated[
    Path | None, typer.Option("--config", metavar="FILE", help="Configuration of the lens.", show_default=False)
]
DomainOption = Annotated[
    str | None,
    typer.Option(
        "--domain",
        metavar="KIND",
        help='What kind of pictures these are, "photograph", "drawing" or "sketch", where you know.',
        show_default=False,
    ),
]
WorkersOption = Annotated[
    int, typer.Option("--workers", "-w", min=1, max=MOST_WORKERS, help="Files that are worked on at once.")
]
StateOption = Annotated[
    Path | None,
    typer.Option(
        "--state",
        metavar="FILE",
        help="File that remembers what was judged; the same command goes on from there.",
        show_default=False,
    ),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What is said of one file."""

    path: str
    form: Mapping[str, Json] | None
    """As ``--json`` prints it; None for a file that cannot be read."""
    block: RenderableType | None = None
    tile: Tile | None = None
    error: ImageInputError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Checker:
    """Looks at files; called in several threads."""

    lens: Lens
    domain: str | None = None
    state: State | None = None
    wants_tiles: bool = False

    def __call__(self, file: Found) -> Checked:
        """Return what is said of a file, from the state if that knows its content."""
        from ethical_lens.image.intake import open_picture, read_file

        try:
            if file.error is not None:
                raise file.error
            content = read_file(file.path)
            digest = hashlib.sha256(content).hexdigest()
            known = self.state.known(digest) if self.state else None
            if known is not None and not self.wants_tiles:
                return Checked(path=file.path, form={**known, "path": file.path})
            picture = open_picture(content, name=file.path)
        except ImageInputError as error:
            return Checked(path=file.path, form=None, error=error)
        if known is not None:
            return self._with_tile(Checked(path=file.path, form={**known, "path": file.path}), picture)
        return self._with_tile(self._looked_at(file.path, picture, digest), picture)

    def _looked_at(self, path: str, picture: Picture, digest: str) -> Checked:
        from ethical_lens.cli.forms import image_form
        from ethical_lens.cli.readable import image_block
        from ethical_lens.types import Frame

        frames = [Frame(image=image, domain=self.domain) for image in picture.frames]
        reports: list[ImageReport] = []
        for start in range(0, len(frames), _AT_ONCE):
            reports += self.lens.check_images(frames[start : start + _AT_ONCE])
        form = image_form(path, reports, picture.frames[0].size)
        # What failed today may work tomorrow, so that it is judged again.
        if self.state is not None and not any(reason.endswith(".failure") for reason in _reasons(form)):
            self.state.keep(digest, form)
        return Checked(path=path, form=form, block=image_block(path, reports))

    def _with_tile(self, checked: Checked, picture: Picture) -> Checked:
        if not self.wants_tiles or checked.form is None:
            return checked
        from ethical_lens.cli.sheet import tile_of

        tile = tile_of(checked.form, picture.frames)
        return Checked(path=checked.path, form=checked.form, block=checked.block, tile=tile)


@output.command
def check_image(
    paths: PathsArgument,
    policy: PolicyOption = "default",
    config: ConfigOption = None,
    domain: DomainOption = None,
    fail_on: Annotated[
        ImageAction | None,
        typer.Option("--fail-on", help="Exit with 3 when a picture meets this action or a severer one."),
    ] = None,
    workers: WorkersOption = 1,
    state: StateOption = None,
    sheet: Annotated[
        Path | None,
        typer.Option(
            "--sheet",
            metavar="FILE",
            help="Contact sheet to write, .png or .html; what was found is made unrecognisable on it.",
            show_default=False,
        ),
    ] = None,
    table: Annotated[bool, typer.Option("--table", help="Print one row a file.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Judge pictures: files, folders, and every frame of an animation. Nothing is changed.

    One result per file, in order. A file that cannot be read is reported in its place, the others go on, and the
    command exits with 2. Perceived race is never read from these pictures.
    """
    from ethical_lens.cli.progress import progress_bar
    from ethical_lens.cli.sheet import require_suffix, write_sheet

    if sheet is not None:
        require_suffix(sheet)
    lens = lens_for(policy, config)
    files = found(paths)
    checked: list[Checked] = []
    with ExitStack() as stack:
        memory = stack.enter_context(opened_state(state, "check-image", lens, domain)) if state else None
        checker = Checker(lens=lens, domain=domain, state=memory, wants_tiles=sheet is not None)
        advance = stack.enter_context(progress_bar(prints=True))
        for done, each in enumerate(in_order(checker, files, workers)):
            advance("Looking", done, len(files))
            _show(each, as_json=as_json, table=table)
            checked.append(each)
    if table and not as_json:
        output.show(_table(checked))
    if sheet is not None:
        write_sheet([each.tile for each in checked if each.tile is not None], sheet)
    raise typer.Exit(_code(checked, fail_on))


def lens_for(policy: str, config: Path | None) -> Lens:
    """Return the default lens, or that of a configuration file.

    Args:
        policy: Shipped policy or file; "default" leaves the choice to the configuration file.
        config: Configuration file.
    """
    from ethical_lens import policy as policies
    from ethical_lens.lens import Lens

    if config is None:
        return Lens.default(policy=policy)
    from ethical_lens.lens.configured import lens_from_config

    return lens_from_config(config, policy=None if policy == "default" else policies.load(policy))


def opened_state(path: Path, command: str, lens: Lens, *settings: str | None) -> State:
    """Return the state of a run, which belongs to one command, policy, set of models and settings."""
    from ethical_lens.cli.resuming import State

    made_by: dict[str, Json] = {
        "command": command,
        "policy": lens.policy.title,
        "models": {role: name for role, name in lens.models.items() if role.startswith("image.")},
        "settings": list(settings),
    }
    return State(path, made_by)


def show_error(path: str, error: ImageInputError, *, as_json: bool) -> None:
    """Report a file that cannot be read, in its place."""
    if as_json:
        output.print_json({"path": path, "error": output.error_form(error)})
    output.complain(str(error))


def _show(checked: Checked, *, as_json: bool, table: bool) -> None:
    if checked.error is not None:
        show_error(checked.path, checked.error, as_json=as_json)
    elif as_json and checked.form is not None:
        output.print_json(dict(checked.form))
    elif not table:
        output.show(checked.block if checked.block is not None else _row_as_text(checked))


def _row_as_text(checked: Checked) -> str:
    form = checked.form or {}
    return f"{str(form.get('action')).upper():<10}{output.one_line(checked.path)} (from the state)"


def _table(checked: Sequence[Checked]) -> RenderableType:
    from rich.text import Text

    table = output.plain_table("file", "action", "why", "highest", "frames", "looked")
    for each in checked:
        if each.form is None:
            table.add_row(Text(output.one_line(each.path)), "unreadable", "", "", "", "", style="dim")
            continue
        table.add_row(
            Text(output.one_line(each.path)),
            str(each.form["action"]),
            ", ".join(_reasons(each.form)),
            ", ".join(_highest(each.form)),
            str(each.form["frames"]),
            "yes" if each.form["looked"] else "no",
            style=output.ACTION_STYLES[_action(each.form)],
        )
    return table


def _highest(form: Mapping[str, Json]) -> Iterator[str]:
    """Yield the two highest scores worth showing."""
    from ethical_lens.cli.readable import WORTH_SHOWING

    scores = form["scores"]
    measured = (
        {name: each for name, each in scores.items() if isinstance(each, (int, float))}
        if isinstance(scores, Mapping)
        else {}
    )
    for name, score in sorted(measured.items(), key=lambda item: -item[1])[:2]:
        if score >= WORTH_SHOWING:
            yield f"{name} {score:.2f}"


def _code(checked: Sequence[Checked], bound: ImageAction | None) -> Code:
    if any(each.error is not None for each in checked):
        return Code.USAGE
    stopped = any(each.form is not None and reaches(_action(each.form), bound) for each in checked)
    return Code.STOPPED if stopped else Code.OK


def _reasons(form: Mapping[str, Json]) -> list[str]:
    reasons = form["reasons"]
    return [str(reason) for reason in reasons] if isinstance(reasons, list) else []


def _action(form: Mapping[str, Json]) -> Action:
    return Action[str(form["action"]).upper()]
