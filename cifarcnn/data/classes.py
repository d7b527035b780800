"""The names of the classes, without reading a data set."""

from cifarcnn.data.demo import SHAPES

CIFAR10 = (
    *("airplane", "automobile", "bird", "cat", "deer"),
    *("dog", "frog", "horse", "ship", "truck"),
)


def class_names(dataset: str) -> tuple[str, ...]:
    """What each label of a data set stands for, by the name that specs use."""
    return {"cifar10": CIFAR10, "demo": tuple(SHAPES)}[dataset]
