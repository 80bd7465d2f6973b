from __future__ import annotations

import copy
import pickle
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from ethical_lens import policy as package
from ethical_lens.errors import PolicyError
from ethical_lens.policy import EDITORS, Policy, available, load
from ethical_lens.types import Action, Severity, Stage

Write = Callable[..., Path]

SHIPPED = Path(package.__file__).parent.parent / "policies"
PAGE = Path(__file__).resolve().parents[2] / "docs" / "policy.md"
OWN = "name: own\nversion: 1\nextends: default\n"


def rule_of(policy: Policy, reason: str, stage: Stage = Stage.TEXT) -> package.Rule:
    (rule,) = [rule for rule in policy.rules_at(stage) if rule.reason == reason]
    return rule


def test_shipped_policies_are_known_by_name() -> None:
    assert available() == ("default", "monk", "nonbinary", "paper", "permissive", "strict")


@pytest.mark.parametrize("name", available())
def test_shipped_policy_leaves_nothing_without_a_rule(name: str) -> None:
    policy = load(name)
    assert policy.name == name
    for category in policy.categories.values():
        for stage in category.stages:
            assert any(rule.categories == (category.id,) for rule in policy.rules_at(stage)), (category.id, stage)


@pytest.mark.parametrize("name", available())
def test_shipped_messages_are_sentences_without_gaps(name: str) -> None:
    for rule in load(name).rules:
        if rule.action is not Action.ALLOW:
            assert rule.message[0].isupper()
            assert rule.message.endswith(".")
            assert not {"{", "}", "\n", "  "} & {rule.message[at : at + 2] for at in range(len(rule.message))}
            assert not set("{}\n") & set(rule.message)


@pytest.mark.parametrize("name", available())
def test_shipped_policy_never_deals_shares_that_do_not_add_up(name: str) -> None:
    for axis in load(name).axes.values():
        assert sum(axis.weights.values()) == pytest.approx(1)
        assert list(axis.weights) == list(axis.values)


def test_default_flags_rewords_and_refuses_by_grade(default: Policy) -> None:
    for category in ("hate", "violence", "sexual", "self_harm", "illegal"):
        actions = [rule_of(default, f"text.{category}.k{grade}").action for grade in (1, 2, 3)]
        assert actions == [Action.FLAG, Action.REWRITE, Action.BLOCK]


def test_permissive_stops_prompts_only_for_the_extreme_and_the_hard_rules() -> None:
    for rule in load("permissive").rules_at(Stage.TEXT):
        if rule.action is Action.BLOCK:
            assert rule.hard or rule.severity is Severity.K3 or rule.categories[0] in {"opt_out", "failure"}


def test_paper_holds_the_published_thresholds() -> None:
    paper = load("paper")
    held = {
        head: rule_of(paper, f"image.{head}", Stage.IMAGE) for head in ("nude", "public", "nsfw", "politic", "culture")
    }
    assert {head: rule.threshold for head, rule in held.items()} == {
        "nude": 0.6,
        "public": 0.5,
        "nsfw": 0.7,
        "politic": 0.9,
        "culture": 0.9,
    }
    assert (held["nude"].editors, held["nsfw"].action, paper.max_regenerations) == (("blur",), Action.REGENERATE, 1)
    assert rule_of(paper, "text.violence.k1").action is Action.REWRITE


def test_default_axes_have_the_values_of_the_contract(default: Policy) -> None:
    assert default.axes["gender"].values == ("female", "male")
    assert default.axes["race"].values == ("White", "Black", "Asian", "Latino-Hispanic", "Middle Eastern")
    assert default.axes["age"].minor_values == ("infancy", "childhood", "adolescence")
    assert len(load("monk").axes["race"].values) == 10
    assert set(load("monk").axes["race"].words) == set(load("monk").axes["race"].values)
    assert load("nonbinary").axes["gender"].values == ("female", "male", "non-binary")
    assert load("nonbinary").axes["gender"].words["female"]["noun"] == "woman"


def test_page_example_loads(write: Write) -> None:
    page = PAGE.read_text("utf-8")
    example = page.split("```yaml\n")[1].split("```")[0]
    policy = load(write(example))
    assert policy.title.startswith("our-museum@3+")
    assert rule_of(policy, "text.violence.k1").action is Action.ALLOW
    assert rule_of(policy, "text.violence.k3").action is Action.BLOCK
    assert rule_of(policy, "text.hate.k2").threshold == 0.4
    assert rule_of(policy, "text.public_figure").message.startswith("We do not draw")
    assert rule_of(policy, "image.nsfw", Stage.IMAGE).threshold == 0.4
    assert rule_of(policy, "image.nsfw+public", Stage.IMAGE).action is Action.BLOCK
    assert rule_of(policy, "text.cultural+political.k2").action is Action.REWRITE
    assert policy.axes["gender"].weights == {"female": 0.6, "male": 0.4}
    assert set(policy.axes) == {"gender", "age"}
    assert policy.retention == "none"


def test_policy_without_changes_decides_like_the_one_it_extends(write: Write, default: Policy) -> None:
    assert load(write(OWN)).rules == default.rules


def test_rule_that_names_its_action_replaces_the_inherited_one(write: Write) -> None:
    nude = rule_of(load(write(OWN + "image: {nude: {action: block}}\n")), "image.nude", Stage.IMAGE)
    assert (nude.action, nude.editors) == (Action.BLOCK, ())


def test_rule_without_an_action_adjusts_the_inherited_one(write: Write) -> None:
    nude = rule_of(load(write(OWN + "image: {nude: {threshold: .3}}\n")), "image.nude", Stage.IMAGE)
    assert (nude.action, nude.editors, nude.threshold) == (Action.EDIT, ("inpaint", "blur"), 0.3)


def test_one_action_replaces_all_grades(write: Write) -> None:
    policy = load(write(OWN + "text: {violence: block}\n"))
    assert [rule.reason for rule in policy.rules if rule.categories == ("violence",)] == ["text.violence"]


def test_hard_rule_can_be_made_stricter(write: Write) -> None:
    policy = load(write(OWN + "text: {minor_sexual: {threshold: .1}}\nthresholds: {text: .9}\n"))
    rule = rule_of(policy, "hard.minor_sexual")
    assert (rule.threshold, rule.hard) == (0.1, True)
    assert rule_of(policy, "text.failure").threshold == 0.5


def test_joined_rule_of_the_same_code_replaces_the_inherited_one(write: Write) -> None:
    policy = load(write(OWN + "joined: [{stage: image, all: [public, nude], action: regenerate}]\n"))
    assert rule_of(policy, "image.nude+public", Stage.IMAGE).action is Action.REGENERATE


def test_hard_rule_that_a_file_leaves_out_stays_in_the_policy(write: Write) -> None:
    tree = yaml.safe_load((SHIPPED / "default.yaml").read_text("utf-8"))
    del tree["text"]["minor_sexual"], tree["image"]["minor_sexual"], tree["joined"]
    policy = load(write(yaml.safe_dump(tree)))
    hard = {"hard.minor_sexual", "hard.minor_nude", "hard.forbidden"}
    assert {rule.reason for rule in policy.rules if rule.hard} == hard


def test_policies_extend_files_beside_them(write: Write) -> None:
    write(OWN + "text: {hate: block}\n", "house.yaml")
    policy = load(write("name: room\nversion: a\nextends: house.yaml\nretention: text\n", "room.yaml"))
    assert (policy.name, policy.retention, policy.description) == ("room", "text", "")
    assert rule_of(policy, "text.hate").action is Action.BLOCK


def test_plugins_bring_editors(write: Write) -> None:
    path = write(OWN + "image: {nude: {action: edit, editor: dress}}\n")
    with pytest.raises(PolicyError, match="unknown editor 'dress'"):
        load(path)
    assert rule_of(load(path, editors=["dress", *EDITORS]), "image.nude", Stage.IMAGE).editor == "dress"


def test_words_of_values_that_were_replaced_are_forgotten(write: Write) -> None:
    policy = load(write(OWN + "fairness: {axes: {gender: {values: [female, other]}}}\n"))
    assert set(policy.axes["gender"].words) == {"female"}


def test_digest_ignores_comments_and_layout(write: Write, default: Policy) -> None:
    tree = yaml.safe_load((SHIPPED / "default.yaml").read_text("utf-8"))
    relaid = write("# another look\n" + yaml.safe_dump(tree, sort_keys=False, width=40, default_flow_style=False))
    assert load(relaid).digest == default.digest
    assert len(default.digest) == 64
    assert default.title == f"default@1+{default.digest[:12]}"


@pytest.mark.parametrize(
    "change",
    [
        "thresholds: {label: .6}",
        "text: {hate: {K1: {action: flag, message: Hm.}}}",
        "image: {nude: {action: edit, editors: [blur, inpaint]}}",
        "seconds: {editor: 59}",
        "opt_out: [Jane Roe]",
        "allow_steering: [latents]",
        "fairness: {diversify: false}",
        "fairness: {axes: {gender: {values: [male, female]}}}",
        "categories: {hate: {harm: false}}",
        "messages: {image: {any: {edit: Changed.}}}",
    ],
)
def test_digest_covers_everything_that_a_policy_says(write: Write, change: str) -> None:
    assert load(write(OWN + change)).digest != load(write(OWN, "same.yaml")).digest


def test_policy_survives_pickling_and_copying(default: Policy) -> None:
    assert pickle.loads(pickle.dumps(default)) == default  # noqa: S301
    assert copy.deepcopy(default).digest == default.digest


def test_policy_made_in_code_is_checked_and_digested(default: Policy) -> None:
    assert replace(default, max_attempts=1).digest != default.digest
    with pytest.raises(PolicyError, match="tightening"):
        replace(default, tightening=0.0)
    with pytest.raises(PolicyError, match="time-out 'editor'"):
        replace(default, seconds={"detector": 1.0, "generator": 1.0, "rewriter": 1.0})


def test_description_is_plain_and_complete(default: Policy) -> None:
    described = package.describe(default)
    assert yaml.safe_load(yaml.safe_dump(described)) == described
    assert described["title"] == default.title
    text, image = described["text"], described["image"]
    assert isinstance(text, dict)
    assert isinstance(image, dict)
    assert len(text) + len(image) == len(default.rules)


def test_difference_names_path_before_and_after(write: Write, default: Policy) -> None:
    same = "name: default\nversion: 1\nextends: default\n" + f"description: {default.description}\n"
    own = load(write(same + "text: {hate: {K1: {threshold: .6}}}\nopt_out: [Jane Roe]\n"))
    assert [(one.path, one.before, one.after) for one in package.diff(default, own)] == [
        ("text.hate.k1.when.hate.threshold", 0.5, 0.6),
        ("opt_out", [], ["Jane Roe"]),
    ]
    assert package.diff(own, own) == []


def test_difference_shows_rules_that_only_one_policy_has(write: Write, default: Policy) -> None:
    own = load(write(OWN + "joined: [{stage: image, all: [nsfw, public], action: block}]\n"))
    (added,) = [one for one in package.diff(default, own) if one.path == "image.nsfw+public.action"]
    assert (added.before, added.after) == (None, "block")


REFUSED = {
    "unknown key": ("retentoin: none", 4, "did you mean 'retention'?"),
    "unknown key inside": ("attempts:\n  maxx: 3", 5, "did you mean 'max'?"),
    "unknown key in a rule": ("text:\n  hate:\n    K1:\n      acton: flag", 7, "did you mean 'action'?"),
    "unknown key in a short rule": (
        "image:\n  nude:\n    action: block\n    tresh: .5",
        7,
        "did you mean 'threshold'?",
    ),
    "unknown action": ("text:\n  hate: blok", 5, "did you mean 'block'?"),
    "unknown action of a grade": ("text:\n  hate:\n    K1: flag\n    K2: rewrit", 7, "did you mean 'rewrite'?"),
    "unknown grade": ("text:\n  hate: {K4: block}", 5, "use one of: K1, K2"),
    "unknown category": ("text:\n  violense: block", 5, "did you mean 'violence'?"),
    "unknown joined category": ("joined:\n  - {stage: image, all: [nude, publik], action: block}", 5, "'public'?"),
    "unknown category of a message": ("messages:\n  text:\n    hat: {block: No.}", 6, "did you mean 'hate'?"),
    "unknown editor": ("image:\n  nude: {action: edit, editors: [inpaint, blurr]}", 5, "did you mean 'blur'?"),
    "unknown retention": ("\nretention: hashed", 5, "did you mean 'hash'?"),
    "unknown extension": ("", 3, "neither a shipped policy"),
    "category of another stage": ("image:\n  hate: block", 5, "not declared for the image stage"),
    "threshold above 1": ("text:\n  hate:\n    K1: {action: flag, threshold: 1.5}", 6, "less than or equal to 1"),
    "threshold below 0": ("image:\n  nude: {threshold: -0.1}", 5, "greater than or equal to 0"),
    "threshold not a number": ("image:\n  nude: {threshold: high}", 5, "valid number"),
    "threshold nan": ("image:\n  nude: {threshold: .nan}", 5, "not"),
    "edit at the text stage": ("text:\n  hate: {action: edit, editor: blur}", 5, "cannot be used at the text stage"),
    "regenerate at the text stage": ("text:\n  hate: regenerate", 5, "cannot be used at the text stage"),
    "rewrite at the image stage": ("image:\n  nude: rewrite", 5, "cannot be used at the image stage"),
    "edit without editors": ("image:\n  nude: edit", 5, "needs at least one editor"),
    "editors without edit": ("image:\n  nude: {action: block, editor: blur}", 5, "editors go with"),
    "then without edit": ("image:\n  nude: {action: block, then: regenerate}", 5, "'then' goes with"),
    "editor and editors": ("image:\n  nude: {action: edit, editor: blur, editors: [blur]}", 5, "not both"),
    "action beside grades": ("text:\n  hate: {action: flag, K2: block}", 5, "under each grade"),
    "rule without action": ("joined:\n  - {stage: text, all: [hate, violence]}", 5, "missing key 'action'"),
    "joined rule of one": ("joined:\n  - {stage: text, all: [hate], action: block}", 5, "2 entries or more"),
    "joined rule twice": (
        "joined:\n  - {stage: text, all: [hate, violence], action: block}\n"
        "  - {stage: text, all: [violence, hate], action: flag}",
        6,
        "given twice",
    ),
    "graver grade milder": ("text:\n  hate:\n    K1: block\n    K2: flag", 7, "more mildly"),
    "new category without a rule": (
        "categories:\n  clowns: {title: clowns, definition: Clowns., stages: [text, image]}\ntext: {clowns: flag}",
        5,
        "no rule at the image stage",
    ),
    "negative share": ("fairness:\n  axes:\n    gender: {shares: {female: -1, male: 1}}", 6, "greater than or equal"),
    "no share above 0": ("fairness:\n  axes:\n    gender: {shares: {female: 0, male: 0}}", 6, "every share is 0"),
    "missing share": ("fairness:\n  axes:\n    gender: {shares: {female: 1}}", 6, "missing for 'male'"),
    "share of nothing": ("fairness:\n  axes:\n    gender: {shares: {femal: 1, male: 1}}", 6, "did you mean 'female'?"),
    "words of nothing": ("fairness:\n  axes:\n    gender: {words: {man: {noun: man}}}", 6, "not one of its values"),
    "value twice": ("fairness:\n  axes:\n    gender: {values: [male, male]}", 6, "repeated"),
    "ages without minors": ("fairness:\n  axes:\n    age: {values: [kid, adult]}", 6, "'minor'"),
    "only minors": ("fairness:\n  axes:\n    age: {values: [kid], minor: [kid]}", 6, "every value means a minor"),
    "no attempts": ("attempts: {max: 0}", 4, "greater than or equal to 1"),
    "no tightening": ("attempts: {tightening: 0}", 4, "greater than 0"),
    "no time": ("seconds: {editor: 0}", 4, "greater than 0"),
    "key twice": ("retention: none\nretention: none", 5, "given twice; the first is in line 4"),
    "alias": ("a: &a [x]\nb: *a", 5, "aliases"),
    "tag": ("opt_out: !!python/object/apply:os.system [ls]", 4, "tags"),
    "merge key": ("<<: {a: 1}", 4, "unknown key '<<'"),
    "second document": ("---\nname: other", 4, "second document"),
    "broken YAML": ("text: {hate: block", 5, "not valid YAML"),
    "tabs": ("text:\n\thate: block", 5, "not valid YAML"),
    "list as a key": ("? [a, b]\n: 1", 4, "a key has to be a word"),
    "nested too deep": ("opt_out: " + "[" * 40 + "]" * 40, 4, "levels deep"),
    "message of the wrong kind": ("messages: {text: {any: {block: 7}}}", 4, "put it in quotes"),
    "empty message": ("text: {hate: {K1: {action: flag, message: ' '}}}", 4, "no message"),
    "name with a space": ("messages: {text: {any hate: {block: No.}}}", 4, "small letters"),
    "identifier that ends in a line break": ('allow_steering: ["latents\\n"]', 4, "small letters"),
    "name that YAML takes for a number": ("opt_out: [1.5]", 4, "put it in quotes"),
    "nothing where a mapping goes": ("seconds:", 4, "not empty"),
    "list where a mapping goes": ("text: [hate]", 4, "has to be a mapping"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_file_that_is_wrong_is_refused_with_its_line(write: Write, case: str) -> None:
    body, line, words = REFUSED[case]
    head = OWN.replace("default", "defaults") if case == "unknown extension" else OWN
    path = write(head + body + "\n")
    with pytest.raises(PolicyError) as caught:
        load(path)
    assert (caught.value.path, caught.value.line) == (str(path), line), str(caught.value)
    assert words in str(caught.value).splitlines()[0]


def test_everything_wrong_is_told_at_once(write: Write) -> None:
    path = write(OWN + "text:\n  hate: blok\nimage:\n  nude: edti\nretention: nothing\n")
    with pytest.raises(PolicyError) as caught:
        load(path)
    lines = str(caught.value).splitlines()
    assert [line.split(":")[1] for line in lines] == ["5", "7", "8"]


def test_fault_of_the_extended_file_points_there(write: Write) -> None:
    base = write(OWN + "text:\n  hate: edit\n", "base.yaml")
    with pytest.raises(PolicyError) as caught:
        load(write("name: own\nversion: 1\nextends: base.yaml\n"))
    assert (caught.value.path, caught.value.line) == (str(base), 5)


@pytest.mark.parametrize("missing", ["name", "version"])
def test_name_and_version_are_not_inherited(write: Write, missing: str) -> None:
    text = "".join(line for line in OWN.splitlines(keepends=True) if not line.startswith(missing))
    with pytest.raises(PolicyError, match=f"missing key '{missing}'"):
        load(write(text))


@pytest.mark.parametrize("section", ["text", "image", "failure", "nude", "categories", "messages", "seconds"])
def test_policy_of_its_own_that_lacks_a_part_is_refused(write: Write, section: str) -> None:
    tree = yaml.safe_load((SHIPPED / "default.yaml").read_text("utf-8"))
    if section in tree:
        del tree[section]
    else:
        for rules in (tree["text"], tree["image"]):
            rules.pop(section, None)
    with pytest.raises(PolicyError) as caught:
        load(write(yaml.safe_dump(tree, sort_keys=False)))
    assert section in str(caught.value)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "found nothing"),
        (b"# nothing\n", "found nothing"),
        (b"- a\n", "found a list"),
        (b"default\n", "found a text"),
        (b"7\n", "found a number"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "not UTF-8"),
        (b"name: a\x00b\n", "binary"),
        (b"name: a\x07b\n", "not valid YAML"),
        (b"name: " + b"x" * 1_000_001, "larger than"),
        (b"[" * 900_000, "levels deep"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_file_that_is_no_policy_is_refused(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "own.yaml"
    path.write_bytes(content)
    with pytest.raises(PolicyError, match=words) as caught:
        load(path)
    assert caught.value.path == str(path)


def test_parser_without_the_c_library_reads_the_same(
    write: Write, default: Policy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(yaml, "CSafeLoader", raising=False)
    assert load("default") == default
    with pytest.raises(PolicyError, match=r"own\.yaml:5: unknown category"):
        load(write(OWN + "text:\n  hat: block\n"))
    with pytest.raises(PolicyError, match=r"own\.yaml:5: not valid YAML"):
        load(write(OWN + "text:\n\thate: block\n"))


def test_bomb_of_aliases_is_refused_before_it_is_built(write: Write) -> None:
    layers = "".join(f"l{level}: &l{level} [{', '.join([f'*l{level - 1}'] * 9)}]\n" for level in range(1, 30))
    with pytest.raises(PolicyError, match="aliases"):
        load(write("l0: &l0 [x]\n" + layers))


@pytest.mark.parametrize(
    "name", ["defualt", "", "x" * 5000, "a\0b", "no/such/file.yaml", "nothing.yaml", ".", "/dev/null"]
)
def test_policy_that_is_not_there_is_refused(name: str) -> None:
    with pytest.raises(PolicyError):
        load(name)


def test_unknown_name_is_answered_with_the_shipped_ones() -> None:
    with pytest.raises(PolicyError, match="shipped are: default, monk"):
        load("defualt")


def test_files_that_extend_one_another_in_a_circle_are_refused(write: Write) -> None:
    write("name: a\nversion: 1\nextends: b.yaml\n", "a.yaml")
    with pytest.raises(PolicyError, match="leads back") as caught:
        load(write("name: b\nversion: 1\nextends: a.yaml\n", "b.yaml"))
    assert caught.value.line == 3


def test_file_that_may_not_be_read_is_refused(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path, mode: str) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    path = write(OWN)
    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(PolicyError, match="cannot be read"):
        load(path)


def try_to_load(content: bytes) -> None:
    """Load a file with this content; only a policy or a PolicyError may come of it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "own.yaml"
        path.write_bytes(content)
        try:
            load(path)
        except PolicyError as error:
            told = str(error)
        else:
            return
    assert str(path) in told


@settings(max_examples=60)
@given(content=st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_any_bytes_are_refused_with_a_policy_error(content: bytes) -> None:
    try_to_load(content)


@settings(max_examples=60)
@given(drawn=st.data())
def test_damaged_policy_loads_or_is_refused_with_a_policy_error(drawn: st.DataObject) -> None:
    lines = (SHIPPED / "default.yaml").read_text("utf-8").splitlines()
    at = drawn.draw(st.integers(0, len(lines) - 1))
    column = drawn.draw(st.integers(0, len(lines[at])))
    piece = drawn.draw(st.sampled_from(["", ":", "- ", "{", "]", "'", "9", "x", "~", "&a ", "\n", "  "]))
    lines[at] = lines[at][:column] + piece + lines[at][column + drawn.draw(st.integers(0, 9)) :]
    try_to_load("\n".join(lines).encode())


def test_importing_the_package_reads_nothing_and_loads_neither_pydantic_nor_yaml() -> None:
    program = "import sys, ethical_lens.policy; print(*{'pydantic', 'yaml', 'numpy'} & set(sys.modules))"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout.split() == []
