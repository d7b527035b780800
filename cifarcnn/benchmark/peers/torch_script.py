"""The same networks in PyTorch, eager, as one writes them for a CPU. It uses nothing of cifarcnn.

    python torch_script.py deeper_3x3 --data images.npz

The file holds `images` (uint8, (N, 32, 32, 3)) and `labels` (uint8, (N,)). The environment is left
as it is. Memory is channels_last; batches are taken from one tensor by shuffled indexes, which is
faster than a DataLoader. One JSON object is printed.

Timed is an epoch from its shuffling to the end of its last step; the tensor has been made floats
before. The first epoch warms up.
"""

import argparse
import json
import os
import resource
import sys
import time
from typing import Any


def deeper_3x3(steps: int) -> tuple[Any, Any, Any]:
    """Four 3x3 convolutions in two blocks: the network, its optimizer and its schedule."""
    from torch import nn, optim

    model = nn.Sequential(
        nn.Conv2d(3, 32, 3),
        nn.ReLU(),
        nn.Conv2d(32, 32, 3),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(32, 32, 3),
        nn.ReLU(),
        nn.Conv2d(32, 32, 3),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Dropout(0.2),
        nn.Flatten(),
        nn.Linear(5 * 5 * 32, 128),
        nn.ReLU(),
        nn.Linear(128, 10),
    )
    return model, optim.Adam(model.parameters(), lr=1e-3, eps=1e-7), None


def basic(steps: int) -> tuple[Any, Any, Any]:
    """One 5x5 convolution and a large pooling: the network, its optimizer and its schedule."""
    from torch import nn, optim

    model = nn.Sequential(
        nn.Conv2d(3, 32, 5),
        nn.ReLU(),
        nn.MaxPool2d(8),
        nn.Dropout(0.2),
        nn.Flatten(),
        nn.Linear(3 * 3 * 32, 128),
        nn.ReLU(),
        nn.Linear(128, 10),
    )
    return model, optim.Adam(model.parameters(), lr=1e-3, eps=1e-7), None


def vgg(steps: int) -> tuple[Any, Any, Any]:
    """Six 3x3 convolutions with batch norm: the network, its optimizer and its schedule."""
    from torch import nn, optim

    model = nn.Sequential(
        nn.Conv2d(3, 32, 3, padding="same", bias=False),
        nn.BatchNorm2d(32, eps=1e-3, momentum=0.01),
        nn.ReLU(),
        nn.Conv2d(32, 32, 3, padding="same", bias=False),
        nn.BatchNorm2d(32, eps=1e-3, momentum=0.01),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Dropout(0.2),
        nn.Conv2d(32, 64, 3, padding="same", bias=False),
        nn.BatchNorm2d(64, eps=1e-3, momentum=0.01),
        nn.ReLU(),
        nn.Conv2d(64, 64, 3, padding="same", bias=False),
        nn.BatchNorm2d(64, eps=1e-3, momentum=0.01),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Dropout(0.3),
        nn.Conv2d(64, 128, 3, padding="same", bias=False),
        nn.BatchNorm2d(128, eps=1e-3, momentum=0.01),
        nn.ReLU(),
        nn.Conv2d(128, 128, 3, padding="same", bias=False),
        nn.BatchNorm2d(128, eps=1e-3, momentum=0.01),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Dropout(0.4),
        nn.Flatten(),
        nn.Linear(4 * 4 * 128, 128, bias=False),
        nn.BatchNorm1d(128, eps=1e-3, momentum=0.01),
        nn.ReLU(),
        nn.Dropout(0.5),
        nn.Linear(128, 10),
    )
    optimizer = optim.Adam(model.parameters(), lr=2e-3, eps=1e-7)
    return model, optimizer, optim.lr_scheduler.CosineAnnealingLR(optimizer, 10 * steps)


NETWORKS = {"deeper_3x3": deeper_3x3, "basic": basic, "vgg": vgg}

VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "KMP_AFFINITY", "DNNL_MAX_CPU_ISA")
"""Told with the result if they are set; none is set here."""


def pixels(images: Any, network: str) -> Any:
    """Floats from 0 to 1; for vgg standardized, channel by channel."""
    x = images.astype("float32") / 255
    if network == "vgg":
        x -= [0.4914, 0.4822, 0.4465]
        x /= [0.2470, 0.2435, 0.2616]
    return x


def step(model: Any, optimizer: Any, scheduler: Any, x: Any, y: Any) -> tuple[Any, Any]:
    """Train on one batch; its logits and loss."""
    from torch.nn import functional

    logits = model(x)
    loss = functional.cross_entropy(logits, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if scheduler:
        scheduler.step()
    return logits, loss.detach()


def main() -> None:
    """Train, and print what was measured."""
    began = time.time()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("network", choices=NETWORKS)
    parser.add_argument("--data", required=True)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--epochs", type=int, default=2)
    options = parser.parse_args()

    import numpy as np
    import torch

    device = "cuda" if torch.cuda.is_available() else "cpu"
    imported = time.time()

    data = np.load(options.data)
    # Stored as (N, 32, 32, 3) and seen as (N, 3, 32, 32): this is channels_last.
    images = torch.from_numpy(pixels(data["images"], options.network)).to(device)
    labels = torch.from_numpy(data["labels"].astype("int64")).to(device)
    steps = -(-len(images) // options.batch_size)
    loaded = time.time()

    model, optimizer, scheduler = NETWORKS[options.network](steps)
    model = model.to(device, memory_format=torch.channels_last).train()
    built = time.time()

    first_step = 0.0
    epoch_seconds: list[float] = []
    losses: list[float] = []
    for _ in range(options.epochs):
        epoch_began = time.perf_counter()
        total, correct = torch.zeros((), device=device), torch.zeros((), device=device)
        order = torch.randperm(len(images), device=device)
        for batch in order.split(options.batch_size):
            x, y = images[batch].permute(0, 3, 1, 2), labels[batch]
            logits, loss = step(model, optimizer, scheduler, x, y)
            total += loss * len(y)
            correct += (logits.argmax(1) == y).sum()
            if not first_step:
                loss.item()  # waits for a GPU
                first_step = time.time()
        losses.append(total.item() / len(images))
        epoch_seconds.append(time.perf_counter() - epoch_began)

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # KiB on Linux, bytes on macOS
    counted = [*model.parameters(), *(b for b in model.buffers() if b.is_floating_point())]
    result = {
        "program": "torch",
        "network": options.network,
        "began": began,
        "import_seconds": imported - began,
        "data_seconds": loaded - imported,
        "build_seconds": built - loaded,
        "first_step_seconds": first_step - built,
        "images": len(images),
        "steps": steps,
        "epoch_seconds": epoch_seconds,
        "losses": losses,
        "peak_memory_bytes": peak if sys.platform == "darwin" else peak * 1024,
        "parameters": sum(tensor.numel() for tensor in counted),
        "device": "GPU" if device == "cuda" else "CPU",
        "versions": {"torch": torch.__version__, "threads": torch.get_num_threads()},
        "environment": {name: os.environ[name] for name in VARIABLES if name in os.environ},
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
