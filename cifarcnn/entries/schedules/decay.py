"""What the decays of Keras have in common."""

from cifarcnn.language.entry_types import Schedule, TrainingLength


class Decay(Schedule):
    """A schedule of Keras with `decay_steps`, by default those of the whole training."""

    def over(self, length: TrainingLength) -> Schedule:
        """With `decay_steps` as a number."""
        if getattr(self, "decay_steps", None) is not None:
            return self
        return self.model_copy(update={"decay_steps": self._steps_left(length)})

    def _steps_left(self, length: TrainingLength) -> int:
        """The steps of the training that the decay can take."""
        return length.steps
