"""Keys of servers: read from the environment, sent in one header, shown nowhere."""

from __future__ import annotations

import base64
import os
from dataclasses import dataclass, field
from typing import Literal

from ethical_lens.errors import ConfigurationError
from ethical_lens.remote.address import Address


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A secret that proves who asks."""

    header: str = field(repr=False)
    """Value of the header ``Authorization``."""


def key_from_environment(*names: str, scheme: Literal["Bearer", "Basic"] = "Bearer") -> Key | None:
    """Return the key that the first of these variables holds, or None if none is set.

    Args:
        names: Environment variables, in the order in which they are tried.
        scheme: "Bearer" for a token, "Basic" for "USER:PASSWORD".

    Raises:
        ConfigurationError: If the variable holds what no key can be.
    """
    for name in names:
        value = os.environ.get(name, "").strip()
        if not value:
            continue
        if not value.isascii() or any(character <= " " or character == "\x7f" for character in value):
            raise ConfigurationError(f"{name} holds blanks or characters that no key has; set it again")
        if scheme == "Basic":
            if ":" not in value:
                raise ConfigurationError(f"{name} has to be USER:PASSWORD; set it again")
            value = base64.b64encode(value.encode("ascii")).decode("ascii")
        return Key(header=f"{scheme} {value}")
    return None


def require_private_way(key: Key | None, address: Address) -> None:
    """Refuse to send a key where everybody on the way could read it.

    Raises:
        ConfigurationError: If there is a key, and the server is neither nearby nor reached over https.
    """
    if key is not None and not address.encrypted and not address.nearby:
        raise ConfigurationError(
            f"the key for {address.host} would travel unencrypted; write https:// in its address, or unset the key"
        )
