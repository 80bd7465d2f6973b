"""HTML that is escaped by construction: text becomes markup only by passing through `element`."""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

SIDE = 256
"""Pixels that the longer side of a small picture is enlarged to."""

EMPTY = frozenset({"br", "img", "input", "link", "meta"})
"""Elements that have no content."""


class Markup(str):
    """Text that is HTML already. Made by this module alone."""

    __slots__ = ()


def element(tag: str, *children: str | Markup, **attributes: str | bool) -> Markup:
    """Return an element.

    Args:
        tag: Its name.
        children: Content; everything that is not `Markup` is escaped.
        attributes: Attributes; a trailing underscore is dropped (``class_``), an inner one is a hyphen
            (``aria_label``), True stands for an attribute without a value, False leaves it out.

    Example:
        >>> element("p", "1 < 2", class_="note")
        '<p class="note">1 &lt; 2</p>'
    """
    written = "".join(_attribute(name, value) for name, value in attributes.items() if value is not False)
    if tag in EMPTY:
        return Markup(f"<{tag}{written}>")
    return Markup(f"<{tag}{written}>{join(*children)}</{tag}>")


def _attribute(name: str, value: str | bool) -> str:
    written = name.removesuffix("_").replace("_", "-")
    return f" {written}" if value is True else f' {written}="{html.escape(str(value))}"'


def join(*children: str | Markup) -> Markup:
    """Return parts one after the other, escaping those that are plain text."""
    return Markup("".join(child if isinstance(child, Markup) else html.escape(child) for child in children))


def document(*, title: str, style: str, body: Markup, meta: Mapping[str, str]) -> str:
    """Return a page that loads nothing and runs nothing.

    Args:
        title: Plain text.
        style: Style sheet, trusted.
        body: Content of the body.
        meta: Names and contents of further meta elements.
    """
    policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
    head = join(
        element("meta", charset="utf-8"),
        Markup(f'<meta http-equiv="Content-Security-Policy" content="{html.escape(policy)}">'),
        *(element("meta", name=name, content=content) for name, content in meta.items()),
        element("title", title),
        Markup(f"<style>\n{style}</style>"),
    )
    return f'<!doctype html>\n<html lang="en">\n<head>{head}</head>\n{element("body", body)}\n</html>\n'


def data_url(image: Image) -> str:
    """Return a picture as an address that contains it; a small one is enlarged, which browsers do less well."""
    from PIL.Image import Resampling

    factor = max(SIDE // max(image.size), 1)
    shown = image.resize((image.width * factor, image.height * factor), Resampling.LANCZOS) if factor > 1 else image
    stream = io.BytesIO()
    shown.save(stream, format="WEBP", quality=92)
    return f"data:image/webp;base64,{base64.b64encode(stream.getvalue()).decode()}"
