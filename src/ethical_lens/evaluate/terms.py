"""Words of a user study that the command line offers; nothing heavy is imported for them."""

from __future__ import annotations

import enum
from typing import Final


class Blur(enum.StrEnum):
    """Which pictures are blurred until they are tapped."""

    NONE = "none"
    HARMFUL = "harmful"
    ALL = "all"


CONSENT: Final = (
    "You are asked to look at pictures that a computer made, and to say what you think of them. Some may show "
    "unpleasant things; those are blurred until you tap them, where whoever runs this study chose so.",
    "Taking part is voluntary. You can stop at any moment, and delete everything you answered with the button at the "
    "bottom of the page.",
    "What is kept: your answers, how long each took, and a random number that this page stores in a cookie so that you "
    "can go on after a break. No name, no address, nothing about your device. You have to be 18 or older.",
)
"""What people agree to, paragraph by paragraph, where the study brings no text of its own."""
