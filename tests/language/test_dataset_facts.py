"""What is known of the data sets without reading them, against the data sets."""

from typing import get_args

from cifarcnn.data import demo
from cifarcnn.data.cifar10.members import CIFAR10 as RELEASE
from cifarcnn.language.constants import CLASSES, IMAGE_SHAPE
from cifarcnn.language.dataset_facts import CIFAR10, DATASETS, DEMO
from cifarcnn.language.schema import DataSpec


def test_every_data_set_of_the_language_is_there() -> None:
    names = get_args(DataSpec.model_fields["dataset"].annotation)
    assert tuple(DATASETS) == names
    for name in names:
        facts = DataSpec(dataset=name).facts
        assert facts.name == name
        assert (facts.image_shape, len(facts.class_names)) == (IMAGE_SHAPE, CLASSES)


def test_the_numbers_of_images_are_those_of_the_data() -> None:
    assert CIFAR10.train_images == sum(member.images for member in RELEASE.train)
    assert CIFAR10.test_images == RELEASE.test.images
    data = demo.generate()
    assert (DEMO.train_images, DEMO.test_images) == (len(data.train), len(data.test))


def test_the_classes_of_demo_are_its_shapes() -> None:
    assert DEMO.class_names == tuple(demo.SHAPES)
