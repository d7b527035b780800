"""What a beginner gets wrong in YAML, and what the message says to write."""

import textwrap

import pytest

from tests.support.specs import problems_of

HEAD = "name: a\nmodel:\n  layers:\n"
TAIL = "    - flatten\n    - dense: {units: 10}\n"


def with_layer(text: str) -> str:
    return HEAD + textwrap.indent(text, "    ") + "\n" + TAIL


def with_training(text: str) -> str:
    return HEAD + TAIL + "training:\n" + textwrap.indent(text, "  ") + "\n"


LAYERS = [
    # what stands there, line and column of the message, a part of it
    (
        "- dense {units: 10}",
        (4, 7),
        "expected a layer as name or as name: {key: value}, received 'dense {units'; did you mean "
        "'dense'?",
    ),
    ("- dense(10)", (4, 7), "received 'dense(10)'; did you mean 'dense'?"),
    ("- flatten()", (4, 7), "received 'flatten()'; did you mean 'flatten'?"),
    ("- dropout: 0.5", (4, 16), "the arguments of dropout by name, such as {rate: 0.5}, received"),
    ("- activation: relu", (4, 19), "by name, such as {activation: relu}, received 'relu' (a stri"),
    ("- dense: relu", (4, 14), "the arguments of dense by name, such as {units: ...}, received"),
    ("- conv2d: 32", (4, 15), "by name, such as {filters: ..., kernel_size: ...}, received 32 (an"),
    (
        "- max_pooling2d: 2",
        (4, 22),
        "by name, with keys among pool_size, strides and padding, received 2",
    ),
    ("- flatten: 3", (4, 16), "expected flatten without arguments, received 3 (an integer)"),
    ("- dropout", (4, 7), "the key 'rate' is missing, as in dropout: {rate: ...}"),
    (
        "- conv2d:\n  filters: 8\n  kernel_size: 3",
        (4, 7),
        "expected the arguments of conv2d deeper than its name, or conv2d: {filters: 8, "
        "kernel_size: 3}, received",
    ),
    (
        "- conv2d: {filters:8, kernel_size: 3}",
        (4, 16),
        "expected a key, a colon and a space, received 'filters:8'; did you mean 'filters'?",
    ),
    ("- early_stopping: {patience: 4}", (4, 7), "'early_stopping' is no layer but a callback"),
    ("- sgd", (4, 7), "'sgd' is no layer but an optimizer"),
    ("- dropout: {rate: 50%}", (4, 23), "received '50%' (a string); did you mean 0.5?"),
    ("- dropout: {rate: '0.5'}", (4, 23), "received '0.5' (a string, by its quotes); did you mean"),
    (
        "- conv2d: {filters: 8, kernel_size: 3, kernel_regularizer: 1e-4}",
        (4, 64),
        "expected a regularizer: a name, or one name with its arguments (l1, l2 or l1_l2), rec",
    ),
    (
        "- dense: units: 10",
        (4, 19),
        "an unexpected colon: arguments need braces (name: {key: value})",
    ),
    ("- conv2d: {filters: 8", (6, 12), "what was opened on line 4 is not closed"),
    ("- conv2d: {filters: 8 kernel_size: 3}", (4, 38), "not valid YAML: a comma is missing"),
    ("-dropout: {rate: 0.1}", (5, 5), "a dash needs a space after it"),
    ("-\tflatten", (4, 6), "a tab; indent with spaces"),
    ("- dropout:\n\u00a0   rate: 0.5", (5, 5), "U+00A0 is no space; write a space"),
    ("- activation: @relu", (4, 19), "a text that begins with this character needs quotes"),
]

TRAINING = [
    ("epochs: 40,", (7, 11), "received '40,' (a string); did you mean 40?"),
    ("epochs: 40# so many", (7, 11), "received '40# so many' (a string); did you mean 40?"),
    ("epochs: 1_000", (7, 11), "did you mean 1000?"),
    ("epochs 40", (7, 3), "training: expected a mapping with keys among epochs, batch_size, loss"),
    ("learning_rate: 0.1", (7, 3), "unknown key here; it belongs in training.optimizer.adam"),
    (
        "optimizer: sgd\nmomentum: 0.1",
        (8, 3),
        "unknown key here; it belongs in training.optimizer.sgd",
    ),
    ("layers: [flatten]", (7, 3), "unknown key here; it belongs in model"),
    ("seed: 3", (7, 3), "unknown key here; it belongs in the spec itself"),
    ("optimizer: {adam: {learning_rate: cosine}}", (7, 37), "unknown schedule 'cosine'"),
    ("callbacks: early_stopping", (7, 14), "a list: each item after a dash, or all in [brackets]"),
    ("'epochs: 40", (7, 3), "the quotes that open here are not closed"),
    ("epochs\nbatch_size: 3", (8, 13), "an unexpected colon: "),
]


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [(with_layer(text), place, message) for text, place, message in LAYERS]
    + [(with_training(text), place, message) for text, place, message in TRAINING],
)
def test_a_slip_is_told_what_to_write(text: str, place: tuple[int, int], message: str) -> None:
    problem = problems_of(text)[0]
    assert message in problem.in_one_line()
    assert (problem.mark.line, problem.mark.column) == place


@pytest.mark.parametrize(
    "text", ["- flatten:", "- flatten: {}", "- flatten: # no arguments", "- relu"]
)
def test_an_item_without_arguments_may_have_a_colon(text: str) -> None:
    assert problems_of(with_layer(text)) == []


@pytest.mark.parametrize("text", ["epochs: 40 # ok", "epochs : 40", "epochs:   40   "])
def test_what_looks_odd_and_is_right_is_taken(text: str) -> None:
    assert problems_of(with_training(text)) == []


def test_a_key_that_others_need_is_told_as_missing_not_as_null() -> None:
    initializer = "{random_uniform: {minval: 1.0}}"
    layer = f"- conv2d: {{filters: 8, kernel_size: 3, kernel_initializer: {initializer}}}"
    problem = problems_of(with_layer(layer))[0]
    assert problem.path == "model.layers[0].conv2d.kernel_initializer.random_uniform"
    assert problem.message == (
        "the key 'maxval' is missing; expected maxval of at least minval (1.0)"
    )


def test_a_key_without_a_colon_is_shown_where_it_stands() -> None:
    problem = problems_of(HEAD + TAIL + "data\n")[0]
    assert problem.in_one_line() == "not valid YAML: expected a colon and a space after this key"
    assert problem.mark.line == 6
