"""What the spec language says of the data sets, against the data sets."""

from cifarcnn.data import demo
from cifarcnn.data.cifar10.members import CIFAR10
from cifarcnn.data.load import NAMES
from cifarcnn.language.dataset_facts import IMAGES, ImageCounts


def test_the_numbers_of_images_are_those_of_the_data() -> None:
    classes = len(demo.SHAPES)
    assert {
        "cifar10": ImageCounts(sum(member.images for member in CIFAR10.train), CIFAR10.test.images),
        "demo": ImageCounts(
            classes * demo.TRAIN_IMAGES_PER_CLASS, classes * demo.TEST_IMAGES_PER_CLASS
        ),
    } == IMAGES
    assert set(IMAGES) == set(NAMES)
