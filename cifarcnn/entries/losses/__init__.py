"""Losses. All take logits, which is exact where a softmax followed by a log is not."""

from cifarcnn.entries.losses import categorical_crossentropy
