"""Random changes of the training images: every image of an epoch has its own draw.

They work on `uint8` pixels and draw on the host, so that every backend trains on the same images.
Keras' layers are not used: its RandomCrop draws one offset for a whole batch, and the states of
their generators depend on the backend.
"""

from cifarcnn.entries.augmentations import flip, pad_and_crop, cutout, mixup
