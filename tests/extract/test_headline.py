"""What lists put around a headline goes, what belongs to it stays."""

from __future__ import annotations

import pytest

from scraper.extract.headlines import clean_title


@pytest.mark.parametrize(
    "printed, title",
    [
        pytest.param(
            "Вышел спектакль «Ревизор»", "Вышел спектакль «Ревизор»", id="a closing quotation stays"
        ),
        pytest.param("«Առաջին լրատվական»", "«Առաջին լրատվական»", id="a whole title in quotation marks"),
        pytest.param("Выборы в парламент (2024)", "Выборы в парламент (2024)", id="a year in brackets stays"),
        pytest.param("Road opens again (12)", "Road opens again", id="a counter of comments goes"),
        pytest.param("Road opens again »", "Road opens again", id="an arrow goes"),
        pytest.param("Road opens again →", "Road opens again", id="another arrow goes"),
        pytest.param("12:30 Дорога открыта", "Дорога открыта", id="a leading time goes"),
        pytest.param("Yol açıldı, 12.05.2026 14:30", "Yol açıldı", id="a trailing date goes"),
        pytest.param("• გზა გაიხსნა", "გზა გაიხსნა", id="a bullet goes"),
    ],
)
def test_clean_title(printed, title):
    """Dates, counters and arrows of a list are no part of a title."""
    assert clean_title(printed) == title
