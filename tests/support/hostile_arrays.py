"""Files of arrays that are not what they seem, and text that would change a terminal."""

import io
import zipfile

EVIL = "\x1b]0;owned\x07\x1b[2J\x9b1m\u202e"


def npy(header: str, content: bytes = b"") -> bytes:
    """A file of `numpy.save` with a header of one's own."""
    text = header.encode("latin1") + b"\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + content


def archive(members: dict[str, bytes], compression: int = zipfile.ZIP_STORED) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", compression) as file:
        for name, data in members.items():
            file.writestr(name, data)
    return content.getvalue()


HUGE = "{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000000,), }"

DAMAGED: dict[str, bytes] = {
    "nothing": b"",
    "no archive": b"\x93NUMPY",
    "a pickle": b"\x80\x04\x95cos\nsystem\n(S'touch executed'\ntR.",
    "a huge shape": archive({"meta.npy": npy(HUGE)}),
    "a negative shape": archive({"meta.npy": npy(HUGE.replace("1000000000000", "-1"))}),
    "a pickled array": archive({"meta.npy": npy(HUGE.replace("<f4", "|O"), b"cos\nsystem\n")}),
    "a header that is a program": archive({"meta.npy": npy("__import__('os').system('x')")}),
    "a header that is deep": archive({"meta.npy": npy("(" * 5000 + ")" * 5000)}),
    "a header without end": archive({"meta.npy": b"\x93NUMPY\x01\x00\xff\xff" + b"(" * 65535}),
    "the header of Python 2": archive({"meta.npy": npy(HUGE.replace("0000,)", "0000L,)"))}),
    "a zip bomb": archive({"meta.npy": bytes(50_000_000)}, zipfile.ZIP_DEFLATED),
    "deep JSON": archive({"meta.npy": npy(
        "{'descr': '|u1', 'fortran_order': False, 'shape': (100000,), }", b"[" * 100_000)}),
    "a long number": archive({"meta.npy": npy(
        "{'descr': '|u1', 'fortran_order': False, 'shape': (100000,), }", b"9" * 100_000)}),
    "names with control characters": archive({EVIL: b"x", "meta.npy": b""}),
}  # fmt: skip
