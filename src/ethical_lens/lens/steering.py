"""What a call of a pipeline may say: known to be harmless, screened as a text, or refused by name."""

from __future__ import annotations

import inspect
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, cast, get_args

from ethical_lens.errors import InputError, SteeringError
from ethical_lens.generate.pipelines import OutputType

PROMPTS: Final = ("prompt_2", "prompt_3")
"""Further prompts, for further text encoders. They are screened, alone and together with the prompt."""
NEGATIVES: Final = ("negative_prompt", "negative_prompt_2", "negative_prompt_3")

_GUIDANCE: Final = frozenset(
    {"guidance_scale", "true_cfg_scale", "pag_scale", "prior_guidance_scale", "decoder_guidance_scale"}
)
"""How strongly the picture follows the prompt; below 0 it flees from it, towards what it excludes."""
_HARMLESS: Final = _GUIDANCE | {
    "num_inference_steps", "prior_num_inference_steps", "guidance_rescale", "pag_adaptive_scale", "eta", "timesteps",
    "sigmas", "mu", "clip_skip", "max_sequence_length", "original_size", "target_size", "crops_coords_top_left",
    "negative_original_size", "negative_target_size", "negative_crops_coords_top_left", "use_resolution_binning",
    "cfg_normalization", "cfg_truncation", "cfg_trunc_ratio", "skip_guidance_layers", "skip_layer_guidance_scale",
    "skip_layer_guidance_start", "skip_layer_guidance_stop",
}  # fmt: skip
"""Arguments that change how, not what, a pipeline draws. Whatever stands neither here nor below is refused."""
_READ_HERE: Final = frozenset(
    {"prompt", "num_images_per_prompt", "generator", "height", "width", "output_type", "return_dict"}
)

_OUTPUTS: Final = get_args(OutputType)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call of a pipeline, read and taken apart."""

    prompts: tuple[str, ...]
    n_images: int
    """Pictures per prompt."""
    negatives: tuple[str | None, ...]
    """One per prompt."""
    others: tuple[Mapping[str, str], ...]
    """For each prompt the further prompts by argument, where they differ from it; still to be screened."""
    settings: Mapping[str, object]
    """What may be handed on as it is."""
    generator: object
    """The random generator, or a list of them, as given."""
    width: int | None
    height: int | None
    output: OutputType
    as_tuple: bool


def read_call(
    signature: inspect.Signature,
    arguments: Sequence[object],
    settings: Mapping[str, object],
    *,
    allowed: Collection[str] = (),
    learned: Collection[str] = (),
) -> Call:
    """Read the arguments that a pipeline was called with.

    Args:
        signature: The pipeline's.
        arguments: Given by position.
        settings: Given by name.
        allowed: Names that the policy lets through although nothing screens them.
        learned: Words that were taught to the pipeline's tokenizers; no prompt may use them.

    Raises:
        SteeringError: If something steers the picture, cannot be screened, and is not allowed.
        InputError: If the values do not fit together.
        TypeError: If the pipeline has no such argument, as it would raise itself.
    """
    given = _by_name(signature, arguments, settings)
    passed = {name: value for name, value in given.items() if _is_passed(signature, name, value, allowed)}
    for name in _GUIDANCE & passed.keys():
        _require_not_negative(name, passed[name])
    prompts = _prompts(given.get("prompt"))
    others = _others(given, prompts)
    negatives = _negatives(given, len(prompts))
    if "textual_inversion" not in allowed:
        texts = (*prompts, *(text for each in others for text in each.values()), *(each or "" for each in negatives))
        _require_no_learned_words(texts, learned)
    _require_known(signature, given)
    return Call(
        prompts=prompts,
        n_images=_count(given.get("num_images_per_prompt", 1)),
        negatives=negatives,
        others=others,
        settings=passed,
        generator=given.get("generator"),
        width=cast("int | None", given.get("width")),
        height=cast("int | None", given.get("height")),
        output=_output(given.get("output_type", "pil")),
        as_tuple=given.get("return_dict", True) is False,
    )


def _by_name(
    signature: inspect.Signature, arguments: Sequence[object], settings: Mapping[str, object]
) -> dict[str, object]:
    places = [
        name
        for name, each in signature.parameters.items()
        if each.kind in (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    ]
    if len(arguments) > len(places):
        raise TypeError(f"at most {len(places)} arguments are taken by position, {len(arguments)} were given")
    return {**dict(zip(places, arguments, strict=False)), **settings}


def _require_known(signature: inspect.Signature, given: Mapping[str, object]) -> None:
    """Refuse, as Python would, names that the pipeline has not; what is read here works with every pipeline."""
    known = signature.parameters
    takes_any = any(each.kind is inspect.Parameter.VAR_KEYWORD for each in known.values())
    unknown = [name for name in given if name not in known and name not in _READ_HERE]
    if unknown and not takes_any:
        raise TypeError(f"the pipeline got an unexpected keyword argument {unknown[0]!r}")


def _is_passed(signature: inspect.Signature, name: str, value: object, allowed: Collection[str]) -> bool:
    """Tell whether an argument is handed on as it is; refuse what steers.

    Raises:
        SteeringError: If it steers the picture, cannot be screened, and is not allowed.
    """
    if name in _READ_HERE or name in PROMPTS or name in NEGATIVES:
        return False
    if name in _HARMLESS or name in allowed:
        return True
    if value is None or _is_default(signature, name, value):
        return False
    raise SteeringError(
        f"{name!r} can steer the picture and cannot be screened, so it is refused; leave it out, or name it under "
        "allow_steering in the policy"
    )


def _is_default(signature: inspect.Signature, name: str, value: object) -> bool:
    parameter = signature.parameters.get(name)
    if parameter is None or parameter.default is inspect.Parameter.empty:
        return False
    default = parameter.default
    plain = isinstance(value, (str, int, float, list, tuple)) and type(value) is type(default)
    return value is default or (plain and bool(value == default))


def _require_not_negative(name: str, value: object) -> None:
    if value is None:
        return
    try:
        scale = float(value)  # type: ignore[arg-type]  # that is what is tried
    except (TypeError, ValueError):
        raise InputError(f"{name} has to be a number, got {type(value).__name__}") from None
    if not scale >= 0:
        raise SteeringError(f"{name} {scale} turns prompt and negative prompt around; use 0 or more")


def _prompts(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    if isinstance(value, (list, tuple)) and value and all(isinstance(each, str) for each in value):
        return tuple(value)
    raise InputError(f"prompt has to be a text or a list of texts, got {type(value).__name__}; it cannot be left out")


def _count(value: object) -> int:
    if value is None:
        return 1
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise InputError(f"num_images_per_prompt has to be a whole number from 1 on, got {value!r}")
    return value


def _output(value: object) -> OutputType:
    if value is None:
        return "pil"
    if value not in _OUTPUTS:
        raise SteeringError(
            f"output_type={value!r} hands out what the lens has not looked at; use one of {', '.join(_OUTPUTS)}"
        )
    return cast("OutputType", value)


def _others(given: Mapping[str, object], prompts: Sequence[str]) -> tuple[Mapping[str, str], ...]:
    found: list[dict[str, str]] = [{} for _ in prompts]
    for name in PROMPTS:
        values = _per_prompt(name, given.get(name), len(prompts))
        for place, (prompt, value) in enumerate(zip(prompts, values, strict=True)):
            # The prompt itself is what a pipeline falls back to; left out, its rewritten wording takes that place.
            if value is not None and value != prompt:
                found[place][name] = value
    return tuple(found)


def _negatives(given: Mapping[str, object], n_prompts: int) -> tuple[str | None, ...]:
    """Return the negative prompt of each prompt; further ones have to say the same, since only one is screened."""
    stated = [name for name in NEGATIVES if given.get(name) is not None]
    if any(given[name] != given[stated[0]] for name in stated):
        raise SteeringError("several negative prompts that differ cannot be screened together; give one")
    values = _per_prompt("negative_prompt", given[stated[0]] if stated else None, n_prompts)
    return tuple(each or None for each in values)


def _per_prompt(name: str, value: object, n_prompts: int) -> Sequence[str | None]:
    if value is None or isinstance(value, str):
        return [value] * n_prompts
    is_fitting = isinstance(value, (list, tuple)) and len(value) == n_prompts
    if not is_fitting or not all(isinstance(each, str) for each in cast("Sequence[object]", value)):
        raise InputError(f"{name} has to be a text, or a list of one text for each of {n_prompts} prompts")
    return cast("Sequence[str]", value)


def _require_no_learned_words(texts: Collection[str], learned: Collection[str]) -> None:
    used = sorted({word for word in learned for text in texts if word in text})
    if used:
        raise SteeringError(
            f"{', '.join(used)} was taught to the text encoder by textual inversion, so no screen can read it; "
            "leave it out, or name textual_inversion under allow_steering in the policy"
        )
