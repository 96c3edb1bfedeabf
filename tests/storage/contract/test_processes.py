"""What one process writes to the search index another finds right: sets have another order in each."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from storage import open_store
from tests.support import postgres_server
from tests.support.stories import NOW, found, poll

TOLD = [
    ("Aliyev met Pashinyan in Tbilisi", "Aliyev and Kobakhidze, said Vardanyan in Yerevan, left for Shusha by Friday."),
    ("Алиев встретился с Пашиняном", "По словам Лаврова, Кобахидзе и Вардан Осканян прибыли в Баку, Тбилиси и Ереван."),
    ("Əliyev Paşinyanla görüşüb", "Bu gün Əliyevin Bakıda Kobaxidze ilə, Lavrovun isə Tiflisdə Fidanla görüşü olub."),
    ("ალიევი ფაშინიანს შეხვდა", "კობახიძემ განაცხადა, რომ ალიევი და ლავროვი თბილისში ქვეყნის კონსტიტუციაზე ისაუბრებენ."),
]  # fmt: skip
FILL = "import sys; from tests.storage.contract import test_processes; test_processes.fill(sys.argv[1])"


def fill(place) -> None:
    with open_store(place) as store:
        articles = [
            found(f"https://a.example/{n}", [text], title=title) for n, (title, text) in enumerate(TOLD)
        ]
        store.commit(poll(*articles), now=NOW)


@pytest.mark.parametrize("seed", ["1", "2"])  # one of them is not this process's
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_what_another_process_wrote_is_right(tmp_path, kind, seed):
    place = postgres_server.server().place() if kind == "postgresql" else tmp_path / "data"
    env = os.environ | {"PYTHONHASHSEED": seed}
    subprocess.run([sys.executable, "-c", FILL, str(place)], check=True, env=env)
    with open_store(place, read_only=True) as store:
        assert list(store.verify()) == []
