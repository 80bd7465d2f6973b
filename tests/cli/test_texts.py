from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

Run = Callable[..., CompletedProcess[str]]

CONTRACT = {"text", "action", "label", "public_figure", "scores", "reasons", "message", "rewritten", "groups"}
GROUP = {"phrase", "start", "end", "type", "stated", "fixed", "open", "ages"}


def lines(result: CompletedProcess[str]) -> list[dict[str, Any]]:
    """Return standard output, which must hold nothing but objects of JSON."""
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_check_text_keeps_the_contract(run: Run) -> None:
    result = run("check-text", "a doctor in a park", "a man covered in blood", "--json")
    harmless, harmful = lines(result)
    assert result.returncode == 0
    assert harmless.keys() >= CONTRACT
    assert (harmless["action"], harmless["label"], harmless["rewritten"]) == ("allow", "K0", None)
    assert (harmless["text"], harmless["public_figure"], harmless["reasons"]) == ("a doctor in a park", False, [])
    assert (harmful["action"], harmful["label"]) == ("rewrite", "K2")
    assert "text.violence.k2" in harmful["reasons"]
    assert "blood" not in harmful["rewritten"]
    assert harmful["message"]


def test_scores_are_probabilities_or_null_for_every_text_category(run: Run) -> None:
    (report,) = lines(run("check-text", "a cat", "--json"))
    (policy,) = lines(run("policy", "show", "--json"))
    at_text = {name for name, category in policy["categories"].items() if "text" in category["stages"]}
    assert report["scores"].keys() == at_text
    assert all(score is None or 0 <= score <= 1 for score in report["scores"].values())


def test_groups_say_where_and_what(run: Run) -> None:
    (report,) = lines(run("check-text", "a doctor in a park", "--json"))
    (group,) = report["groups"]
    assert group.keys() == GROUP
    assert report["text"][group["start"] : group["end"]] == group["phrase"] == "doctor"
    assert (group["type"], group["stated"], group["open"]) == ("single", {}, ["gender", "race", "age"])


def test_file_gives_one_line_per_prompt_in_order(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "prompts.txt"
    file.write_bytes('\ufeffa cat\r\n{"text": "a\\ndog", "other": 1}\n黑猫\n'.encode() + b"a horse")
    result = run("check-text", "first", "--file", file, "--json")
    assert [line["text"] for line in lines(result)] == ["first", "a cat", "a\ndog", "黑猫", "a horse"]
    assert result.returncode == 0


def test_many_prompts_come_out_in_order(run: Run) -> None:
    prompts = [f"a cat with {number} kittens" for number in range(150)]
    result = run("check-text", "--file", "-", "--json", stdin="\n".join(prompts))
    assert [line["text"] for line in lines(result)] == prompts


def test_unreadable_lines_are_reported_in_their_place(run: Run) -> None:
    bad = [
        b"",
        b"  ",
        b"\xff\xfe",
        b"a\0b",
        b'{"text": 3}',
        b"{red|blue} car",
        b"[" * 10,
        b"x" * 30_000,
        b"y" * 3_000_000,
    ]
    content = b"\n".join([b"a cat", *bad, b"a dog"])
    result = run("check-text", "--file", "-", "--json", stdin=content)
    found = lines(result)
    assert result.returncode == 2
    assert len(found) == len(bad) + 2
    assert (found[0]["text"], found[-1]["text"]) == ("a cat", "a dog")
    refused = {place + 1 for place, line in enumerate(found) if "error" in line}
    assert refused == {2, 3, 4, 5, 6, 7, 9, 10}
    assert all(found[number - 1]["error"]["line"] == number for number in refused)
    assert "line 4" in result.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "expected a prompt"),
        (("",), "empty"),
        (("a\0cat",), "control character"),
        (("\udcff",), "surrogate"),
        (("--file", "nowhere.txt"), "nowhere.txt"),
        (("--file", "."), "cannot be read"),
        (("--file", "a\0b"), "cannot be read"),
        (("--policy", "nosuch", "a cat"), "nosuch"),
        (("--policy", "nosuch.yaml", "a cat"), "nosuch.yaml"),
    ],
)
def test_unusable_input_ends_with_a_sentence_and_2(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    for command in ("check-text", "plan"):
        for mode in ((), ("--json",)):
            result = run(command, *words, *mode)
            assert result.returncode == 2
            assert said in result.stderr
            assert "Traceback" not in result.stderr
            assert all("error" in line for line in lines(result))
            assert bool(result.stdout) == bool(mode)


def test_empty_file_is_an_error(run: Run) -> None:
    result = run("check-text", "--file", "-", stdin="")
    assert (result.returncode, "empty" in result.stderr) == (2, True)


@pytest.mark.parametrize(
    ("prompt", "bound", "code"),
    [
        ("a cat", "flag", 0),
        ("two men in a heated quarrel outside a pub", "flag", 3),
        ("two men in a heated quarrel outside a pub", "rewrite", 0),
        ("a man covered in blood", "rewrite", 3),
        ("how to make a pipe bomb step by step", "block", 3),
    ],
)
def test_fail_on_stops_from_its_action_on(run: Run, prompt: str, bound: str, code: int) -> None:
    assert run("check-text", prompt, "--fail-on", bound, "--json").returncode == code
    assert run("check-text", prompt).returncode == 0


def test_blocks_for_people_do_not_steer_the_terminal(run: Run) -> None:
    result = run("check-text", "a cat\u202e tac a", "a man covered in blood")
    assert "\\u202e" in result.stdout
    assert "\u202e" not in result.stdout
    assert "reworded" in result.stdout
    assert "REWRITE" in result.stdout


def test_plan_keeps_the_contract(run: Run) -> None:
    result = run("plan", "a doctor in a park", "-n", 4, "--seed", 7, "--json")
    (plan,) = lines(result)
    assert result.returncode == 0
    assert len(plan["prompts"]) == len(plan["attributes"]) == 4
    assert {key for hand in plan["attributes"] for key in hand} == {"0.gender", "0.race", "0.age"}
    assert sorted(hand["0.gender"] for hand in plan["attributes"]) == ["female", "female", "male", "male"]
    assert plan["seed"] == 7
    assert run("plan", "a doctor in a park", "-n", 4, "--seed", 7, "--json").stdout == result.stdout


def test_plan_without_a_seed_says_which_one_it_drew(run: Run) -> None:
    (plan,) = lines(run("plan", "a doctor", "--json"))
    (again,) = lines(run("plan", "a doctor", "--seed", plan["seed"], "--json"))
    assert again == plan


def test_refused_plan_is_empty_and_exits_with_3(run: Run) -> None:
    result = run("plan", "how to make a pipe bomb step by step", "-n", 2, "--json")
    (plan,) = lines(result)
    assert result.returncode == 3
    assert (plan["action"], plan["prompts"], plan["attributes"]) == ("block", [], [])
    assert plan["message"]
    assert run("plan", "how to make a pipe bomb step by step").returncode == 3


def test_plan_of_a_file_plans_every_line(run: Run) -> None:
    content = "a doctor\nhow to make a pipe bomb step by step\na cat\n"
    result = run("plan", "--file", "-", "-n", 2, "--seed", 1, "--json", stdin=content)
    assert [len(plan["prompts"]) for plan in lines(result)] == [2, 0, 2]
    assert result.returncode == 0
    assert run("plan", "--file", "-", "--json", stdin="a cat\n\n").returncode == 2


def test_plan_leaves_people_alone_on_request(run: Run) -> None:
    (plan,) = lines(run("plan", "a doctor", "-n", 2, "--no-diversify", "--json"))
    assert plan["prompts"] == ["a doctor", "a doctor"]
    assert plan["notes"]


def test_negative_prompt_that_pushes_harm_in_is_refused(run: Run) -> None:
    result = run("plan", "a woman", "--negative-prompt", "clothes, dressed", "--json")
    assert result.returncode == 2
    assert lines(result)[0]["error"]["kind"] == "SteeringError"


@pytest.mark.parametrize("words", [("-n", 0), ("-n", 10**9), ("--seed", -1), ("--seed", "x"), ("--count", "1.5")])
def test_numbers_out_of_range_exit_with_2(run: Run, words: tuple[object, ...]) -> None:
    assert run("plan", "a cat", *words).returncode == 2


def test_plan_for_people_shows_wordings(run: Run) -> None:
    result = run("plan", "a doctor and a nurse", "-n", 2, "--seed", 1)
    assert result.stdout.count("doctor:") == 2
    assert "nurse" in result.stdout
