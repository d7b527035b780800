"""`cifarcnn init`, as a user types it."""

from pathlib import Path

import pytest
from click.testing import Result

from cifarcnn.language.load import load_document, load_spec
from cifarcnn.language.reading.shipped import shipped_configs
from cifarcnn.language.schema import Spec
from cifarcnn.language.schema_paths import section_at
from tests.support.command import invoke

SPEC = """\
# yaml-language-server: $schema=%s
# A comment.
name: 'old'   # the name

model: {layers: [flatten, {dense: {units: 10}}]}  # kept
"""


def run(*args: str | Path) -> Result:
    return invoke(list(map(str, args)))


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def test_a_starter_is_written_and_the_commands_that_follow_work(folder: Path) -> None:
    result = run("init", "my")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.split("\n") == [
        "spec      my.yaml",
        "describe  cifarcnn describe my.yaml",
        "train     cifarcnn train my.yaml",
        "",
    ]
    assert [path.name for path in folder.iterdir()] == ["my.yaml"]
    assert run("describe", "my.yaml").exit_code == 0
    assert load_spec("my.yaml").name == "my"


def test_the_starter_has_every_key_under_its_description() -> None:
    run("init", "my")
    lines = Path("my.yaml").read_text().splitlines()
    assert max(map(len, lines)) <= 80
    document = load_document("my.yaml")
    paths: list[tuple[str, ...]] = [(name,) for name in Spec.model_fields]
    for (name,) in list(paths):
        section = section_at((name,))
        paths += [(name, key) for key in section.model_fields] if section else []
    assert len(paths) > 20
    for path in paths:
        field = section_at(path[:-1]).model_fields[path[-1]]  # type: ignore[union-attr]
        line = document.keys[path].line
        assert line is not None
        above: list[str] = []
        for text in reversed(lines[: line - 1]):
            if not text.strip().startswith("#"):
                break
            above.insert(0, text.strip("# "))
        description = (field.description or "").rstrip(".")
        assert description
        assert description in " ".join(above), path


def test_what_the_starter_leaves_to_the_language_is_its_default() -> None:
    run("init", "my")
    spec = load_spec("my.yaml")
    assert spec.data == type(spec.data)()
    assert spec.runtime == type(spec.runtime)()
    assert spec.training.batch_size == type(spec.training)().batch_size
    assert spec.seed == Spec.model_fields["seed"].default


@pytest.mark.parametrize("name", ["my.yaml", "1e4", "true", "0x1F", "a-b_c.d", "basic", "null"])
def test_any_name_that_a_spec_can_have_will_do(name: str) -> None:
    for extra in ([], ["--from", "quickstart", "-o", "other.yaml"]):
        assert run("init", name, *extra).exit_code == 0
    bare = name.removesuffix(".yaml")
    assert load_spec(f"{bare}.yaml").name == load_spec("other.yaml").name == bare


@pytest.mark.parametrize("name", ["my net", "-", "a/b", "", "é", "x" * 65, ".yaml", "../a"])
@pytest.mark.parametrize("source", [[], ["--from", "basic"]])
def test_a_name_that_no_spec_can_have_is_refused(
    name: str, source: list[str], folder: Path
) -> None:
    result = run("init", *source, "--", name)
    assert result.exit_code == 2
    shown = name.removesuffix(".yaml")
    assert result.stderr.startswith(f"error: NAME {shown}: name: expected ")
    assert list(folder.iterdir()) == []


def test_nothing_is_overwritten(folder: Path) -> None:
    Path("my.yaml").write_text("mine\n")
    Path("link.yaml").symlink_to(folder / "nowhere")
    for args in (
        ["my"],
        ["link"],
        ["x", "-o", "my.yaml"],
        ["my", "--from", "basic"],
        ["x", "-o", "."],
    ):
        result = run("init", *args)
        assert result.exit_code == 2, args
        assert result.stderr.endswith(
            "exists and is not overwritten\n  choose another NAME, or --output FILE\n"
        )
    assert Path("my.yaml").read_text() == "mine\n"
    assert not (folder / "nowhere").exists()


def test_a_file_that_cannot_be_made_is_told(folder: Path) -> None:
    result = run("init", "my", "--output", "nowhere/my.yaml")
    assert result.exit_code == 2
    assert result.stderr == "error: cannot write nowhere/my.yaml: No such file or directory\n"
    Path("loop").symlink_to("loop")
    result = run("init", "my", "--from", "basic", "--output", "loop/my.yaml")
    assert result.exit_code == 2
    assert result.stderr == "error: cannot write loop/my.yaml: Too many levels of symbolic links\n"
    assert run("init", "my", "-o", "a b.yaml").stdout.splitlines()[2] == (
        "train     cifarcnn train 'a b.yaml'"
    )


@pytest.mark.parametrize("source", shipped_configs())
def test_a_shipped_config_is_copied_under_the_new_name(source: str) -> None:
    assert run("init", "my", "--from", source).exit_code == 0
    old = [
        line
        for line in shipped_configs()[source].read_text().splitlines()
        if not line.startswith("# yaml-language-server")
    ]
    new = [
        line
        for line in Path("my.yaml").read_text().splitlines()
        if not line.startswith("# yaml-language-server")
    ]
    (changed,) = [(a, b) for a, b in zip(old, new, strict=True) if a != b]
    assert changed == (f"name: {source}", "name: my")
    assert load_spec("my.yaml") == load_spec(source).model_copy(update={"name": "my"})


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("name: 'old'   # the name", "name: my   # the name"),
        ('name: "old"', "name: my"),
        ("name:    old", "name:    my"),
        ("name:\n  old", "name:\n  my"),
        ("'name': old", "'name': my"),
    ],
)
def test_only_the_name_changes_in_the_text(before: str, after: str) -> None:
    text = (SPEC % "https://example.org/s.json").replace("name: 'old'   # the name", before)
    Path("old.yaml").write_bytes(text.replace("\n", "\r\n").encode("utf-8-sig"))
    assert run("init", "my", "--from", "old.yaml").exit_code == 0
    new = Path("my.yaml").read_bytes().decode()
    assert new == text.replace(before, after).replace("\n", "\r\n")


@pytest.mark.parametrize(
    "text",
    [
        "name: >-\n  old\nmodel: {layers: [flatten, dense: {units: 10}]}\n",
        "name: 'o''ld'\nmodel: {layers: [flatten, dense: {units: 10}]}\n",
        "{model: {layers: [flatten, dense: {units: 10}]}, name: \n old}\n",
        "model: {layers: [flatten, dense: {units: 10}]}\nname:\n",
    ],
)
def test_a_text_in_which_the_name_cannot_be_changed_is_written_anew(text: str) -> None:
    Path("old.yaml").write_text(text)
    result = run("init", "my", "--from", "old.yaml")
    assert result.exit_code == 0, result.stderr
    spec = load_spec("my.yaml")
    assert spec.name == "my"
    assert [layer.entry_name for layer in spec.model.layers] == ["flatten", "dense"]


def test_the_schema_of_an_editor_is_named_only_where_it_is_found(folder: Path) -> None:
    (folder / "sub").mkdir()
    for number, (schema, stays) in enumerate(
        [("https://example.org/s.json", True), ("../s.json", False)]
    ):
        Path("old.yaml").write_text(SPEC % schema)
        run("init", "my", "--from", "old.yaml", "-o", f"sub/{number}.yaml")
        run("init", "my", "--from", "old.yaml", "-o", f"{number}.yaml")
        assert (schema in Path(f"sub/{number}.yaml").read_text()) is stays
        assert schema in Path(f"{number}.yaml").read_text()
        assert "# A comment." in Path(f"sub/{number}.yaml").read_text()


def test_a_spec_with_a_base_keeps_it_where_it_is_found(folder: Path) -> None:
    Path("base.yaml").write_text(SPEC % "x")
    Path("a.yaml").write_text("# mine\nextends: base.yaml\nseed: 3\n")
    assert run("init", "my", "--from", "a.yaml").exit_code == 0
    assert Path("my.yaml").read_text() == "# mine\nname: my\nextends: base.yaml\nseed: 3\n"
    (folder / "sub").mkdir()
    assert run("init", "my", "--from", "a.yaml", "-o", "sub/my.yaml").exit_code == 0
    text = Path("sub/my.yaml").read_text()
    assert text.startswith("# a.yaml with its bases and all defaults.\nname: my\n")
    assert load_spec("sub/my.yaml") == load_spec("my.yaml")


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("basik", "did you mean 'basic'?"),
        ("broken.yaml", "broken.yaml:1:7: seed: expected an integer, received 'x' (a string)"),
        (".", ".: a folder; expected a YAML file"),
    ],
)
def test_a_source_that_is_no_spec_is_refused(folder: Path, source: str, words: str) -> None:
    Path("broken.yaml").write_text("seed: x\nmodel: {layers: [flatten, dense: {units: 10}]}\n")
    result = run("init", "my", "--from", source)
    assert result.exit_code == 2
    assert words in result.stderr
    assert not (folder / "my.yaml").exists()


def test_variables_do_not_end_up_in_a_new_spec(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CIFARCNN_EPOCHS", "77")
    run("init", "my")
    run("init", "other", "--from", "basic")
    monkeypatch.delenv("CIFARCNN_EPOCHS")
    assert load_spec("my.yaml").training.epochs != 77
    assert load_spec("other.yaml").training.epochs == 40
