"""Calls every rule."""

from collections.abc import Iterator

from cifarcnn.language.checking.rules.callbacks import (
    callback_that_is_not_installed,
    callbacks_that_share_a_file,
    mode_against_the_metric,
    patience_without_end,
    plateau_behind_early_stopping,
)
from cifarcnn.language.checking.rules.data import (
    batch_larger_than_the_data,
    limit_beyond_the_data,
    share_that_leaves_no_images,
)
from cifarcnn.language.checking.rules.finding import Finding
from cifarcnn.language.checking.rules.learning_rate import (
    lowest_rate_above_the_rate,
    rate_of_zero,
    schedule_of_another_length,
    schedule_with_plateau,
    steps_that_never_come,
    warmup_without_target,
)
from cifarcnn.language.checking.rules.network import hidden_softmax, output_that_is_no_logit
from cifarcnn.language.plan.network_plan import Plan
from cifarcnn.language.schema import DataSpec, TrainingSpec


def findings(
    data: DataSpec | None, plan: Plan | None, training: TrainingSpec | None
) -> Iterator[Finding]:
    """All that the rules find in the sections of a spec; a section with errors is None."""
    if plan:
        yield from hidden_softmax(plan)
        yield from output_that_is_no_logit(plan)
    if training:
        yield from schedule_with_plateau(training)
        yield from plateau_behind_early_stopping(training)
        yield from rate_of_zero(training)
        yield from warmup_without_target(training)
        yield from callbacks_that_share_a_file(training)
        yield from callback_that_is_not_installed(training)
        yield from patience_without_end(training)
        yield from mode_against_the_metric(training)
        yield from lowest_rate_above_the_rate(training)
    if data:
        yield from limit_beyond_the_data(data)
        yield from share_that_leaves_no_images(data)
    if data and training:
        yield from steps_that_never_come(data, training)
        yield from batch_larger_than_the_data(data, training)
        yield from schedule_of_another_length(data, training)
