"""Policy files laid over one another: what ``extends`` means."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from ethical_lens.policy.source import Document, Origin, Place, Tree, read

OWN_KEYS = frozenset({"name", "version", "description", "extends"})
"""Keys that a file does not inherit."""

GRADES = ("K1", "K2", "K3")
"""Grades that a rule may be written for."""

_RULE_SECTIONS = ("text", "image")
_LONGEST_CHAIN = 8


def gather(path: Path, find: Callable[[str, Path], Path | None]) -> Document:
    """Read a policy file and everything it extends.

    Args:
        path: The file.
        find: Answers the file for a word given to ``extends`` in a file of the given folder, or None.

    Returns:
        One document, in which every place remembers the file it was written in.

    Raises:
        PolicyError: If a file cannot be used, or the files extend one another in a circle.
    """
    documents = [_spelled_out(read(path))]
    paths = [path.resolve()]
    while (base := documents[-1].tree.get("extends")) is not None:
        top = documents[-1]
        if not isinstance(base, str):
            raise top.error(("extends",), "'extends' takes the name of a shipped policy or the path of a file")
        found = find(base, paths[-1].parent)
        if found is None:
            raise top.error(("extends",), f"{base!r} is neither a shipped policy nor a file next to this one")
        if found.resolve() in paths or len(paths) == _LONGEST_CHAIN:
            raise top.error(("extends",), f"{base!r} leads back to this file, or through too many files")
        documents.append(_spelled_out(read(found)))
        paths.append(found.resolve())
    whole = documents.pop()
    while documents:
        whole = lay_over(whole, documents.pop())
    return whole


def lay_over(base: Document, layer: Document) -> Document:
    """Return the base with everything that the layer says about it.

    Mappings are merged and anything else is replaced, with three exceptions: a rule that names its action replaces the
    inherited rule as a whole, joined rules are added to the inherited ones, and new values of an axis end what was said
    of the old ones.
    """
    origins: dict[Place, Origin] = {(): layer.origin(())}
    tree: dict[str, Tree] = {}
    for key in dict.fromkeys([*base.tree, *layer.tree]):
        inherited = key in base.tree and key not in OWN_KEYS
        if inherited and key in layer.tree:
            tree[key] = _merged(base, layer, base.tree[key], layer.tree[key], (key,), origins)
        elif key in layer.tree:
            tree[key] = _kept(layer, layer.tree[key], (key,), (key,), origins)
        elif inherited:
            tree[key] = _kept(base, base.tree[key], (key,), (key,), origins)
    return Document(tree=tree, origins=origins)


def _merged(base: Document, layer: Document, old: Tree, new: Tree, place: Place, origins: dict[Place, Origin]) -> Tree:
    if place == ("joined",) and isinstance(old, list) and isinstance(new, list):
        origins[place] = layer.origin(place)
        items = [_kept(base, item, (*place, index), (*place, index), origins) for index, item in enumerate(old)]
        return items + [
            _kept(layer, item, (*place, index), (*place, len(old) + index), origins) for index, item in enumerate(new)
        ]
    if not (isinstance(old, dict) and isinstance(new, dict)) or _replaces(place, old, new):
        return _kept(layer, new, place, place, origins)
    if place[:-1] == ("fairness", "axes") and isinstance(values := new.get("values"), list):
        old = {key: _about(values, said) for key, said in old.items()}
    origins[place] = layer.origin(place)
    tree: dict[str, Tree] = {}
    for key in dict.fromkeys([*old, *new]):
        child = (*place, key)
        if key in old and key in new:
            tree[key] = _merged(base, layer, old[key], new[key], child, origins)
        elif key in new:
            tree[key] = _kept(layer, new[key], child, child, origins)
        else:
            tree[key] = _kept(base, old[key], child, child, origins)
    return tree


def _about(values: list[Tree], said: Tree) -> Tree:
    """Return what is said of these values; shares and words are mappings from values, minors are a list of them."""
    if isinstance(said, dict):
        return {value: what for value, what in said.items() if value in values}
    if isinstance(said, list):
        return [value for value in said if value in values]
    return said


def _kept(document: Document, tree: Tree, source: Place, target: Place, origins: dict[Place, Origin]) -> Tree:
    """Return the tree as it is, and note where it was written."""
    for tail in _places(tree, ()):
        if (*source, *tail) in document.origins:
            origins[(*target, *tail)] = document.origins[(*source, *tail)]
    return tree


def _places(tree: Tree, place: Place) -> Iterator[Place]:
    yield place
    if isinstance(tree, dict):
        for key, value in tree.items():
            yield from _places(value, (*place, key))
    elif isinstance(tree, list):
        for index, value in enumerate(tree):
            yield from _places(value, (*place, index))


def _replaces(place: Place, old: dict[str, Tree], new: dict[str, Tree]) -> bool:
    """Whether a rule takes the place of the inherited one instead of adjusting it."""
    if place[0] not in _RULE_SECTIONS or len(place) == 1:
        return False
    return "action" in new or ("action" in old and any(grade in new for grade in GRADES))


def _spelled_out(document: Document) -> Document:
    """Write the short form of a rule, ``nude: block``, as a mapping, so that it can be laid over another."""
    tree = dict(document.tree)
    for section in _RULE_SECTIONS:
        rules = tree.get(section)
        if isinstance(rules, dict):
            tree[section] = {category: _spelled_rule(rule) for category, rule in rules.items()}
    return Document(tree=tree, origins=document.origins)


def _spelled_rule(rule: Tree) -> Tree:
    if isinstance(rule, str):
        return {"action": rule}
    if isinstance(rule, dict):
        return {
            key: {"action": value} if key in GRADES and isinstance(value, str) else value for key, value in rule.items()
        }
    return rule
