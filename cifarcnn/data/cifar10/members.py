"""The files that CIFAR-10 ("python version") consists of, by name and SHA-256."""

import hashlib
from dataclasses import dataclass

ARCHIVE_NAME = "cifar-10-python.tar.gz"
FOLDER_NAME = "cifar-10-batches-py"


@dataclass(frozen=True)
class Member:
    """One file: its name, its SHA-256 in hexadecimal, and how many images it holds."""

    name: str
    sha256: str
    images: int


@dataclass(frozen=True)
class Release:
    """The files of a release: training batches in the order of the images, test batch, names."""

    train: tuple[Member, ...]
    test: Member
    meta: Member

    @property
    def members(self) -> tuple[Member, ...]:
        """All files, the training batches first."""
        return (*self.train, self.test, self.meta)

    @property
    def sha256(self) -> str:
        """SHA-256 over the digests of all files: one word for the content of the release."""
        digests = (bytes.fromhex(member.sha256) for member in self.members)
        return hashlib.sha256(b"".join(digests)).hexdigest()


CIFAR10 = Release(
    train=(
        Member(
            "data_batch_1",
            "54636561a3ce25bd3e19253c6b0d8538147b0ae398331ac4a2d86c6d987368cd",
            images=10_000,
        ),
        Member(
            "data_batch_2",
            "766b2cef9fbc745cf056b3152224f7cf77163b330ea9a15f9392beb8b89bc5a8",
            images=10_000,
        ),
        Member(
            "data_batch_3",
            "0f00d98ebfb30b3ec0ad19f9756dc2630b89003e10525f5e148445e82aa6a1f9",
            images=10_000,
        ),
        Member(
            "data_batch_4",
            "3f7bb240661948b8f4d53e36ec720d8306f5668bd0071dcb4e6c947f78e9682b",
            images=10_000,
        ),
        Member(
            "data_batch_5",
            "d91802434d8376bbaeeadf58a737e3a1b12ac839077e931237e0dcd43adcb154",
            images=10_000,
        ),
    ),
    test=Member(
        "test_batch",
        "f53d8d457504f7cff4ea9e021afcf0e0ad8e24a91f3fc42091b8adef61157831",
        images=10_000,
    ),
    meta=Member(
        "batches.meta",
        "f962466ef690d46b226450fb9aadc74ba4bc64a76aa526b5827fe4bc5c7125cb",
        images=0,
    ),
)
