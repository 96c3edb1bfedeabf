"""A plot as SVG, written by hand: cumulative shares over a logarithmic axis. Numbers in, one text out."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT = 760, 420, 60, 50, 40, 170
COLOURS = ("#0b6e4f", "#c0392b", "#2c6fbb", "#8e6c1f")


def cumulative(
    title: str, axis: str, lines: Mapping[str, Sequence[float]], *, ticks: Sequence[tuple[float, str]]
) -> str:
    """For each name its values, sorted: which share of them is at most x."""
    low, high = math.log(ticks[0][0]), math.log(ticks[-1][0])

    def x(value: float) -> float:
        share = (math.log(max(value, ticks[0][0])) - low) / (high - low)
        return LEFT + min(share, 1.0) * (WIDTH - LEFT - RIGHT)

    def y(share: float) -> float:
        return TOP + (1 - share) * (HEIGHT - TOP - BOTTOM)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="13">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/><text x="{LEFT}" y="22" font-weight="bold">{title}</text>',
    ]
    for value, label in ticks:
        parts.append(
            f'<line x1="{x(value):.1f}" y1="{y(0):.1f}" x2="{x(value):.1f}" y2="{y(1):.1f}" stroke="#e4e4e4"/>'
        )
        parts.append(f'<text x="{x(value):.1f}" y="{y(0) + 18:.1f}" text-anchor="middle">{label}</text>')
    for share in (0.0, 0.25, 0.5, 0.75, 0.95, 1.0):
        parts.append(
            f'<line x1="{LEFT}" y1="{y(share):.1f}" x2="{WIDTH - RIGHT}" y2="{y(share):.1f}" stroke="#e4e4e4"/>'
        )
        parts.append(f'<text x="{LEFT - 8}" y="{y(share) + 4:.1f}" text-anchor="end">{share:.0%}</text>')
    parts.append(
        f'<text x="{(LEFT + WIDTH - RIGHT) / 2:.0f}" y="{HEIGHT - 10}" text-anchor="middle">{axis}</text>'
    )
    for n, (name, values) in enumerate(lines.items()):
        points = (
            values[min(int(share / 100 * len(values)), len(values) - 1)] for share in range(101) if values
        )
        path = " ".join(f"{x(value):.1f},{y(share / 100):.1f}" for share, value in enumerate(points))
        parts.append(f'<polyline points="{path}" fill="none" stroke="{COLOURS[n]}" stroke-width="2.5"/>')
        at = TOP + 20 + 22 * n
        parts.append(
            f'<line x1="{WIDTH - RIGHT + 14}" y1="{at}" x2="{WIDTH - RIGHT + 40}" y2="{at}" stroke="{COLOURS[n]}" stroke-width="2.5"/>'
        )
        parts.append(f'<text x="{WIDTH - RIGHT + 46}" y="{at + 4}">{name}</text>')
    return "\n".join([*parts, "</svg>", ""])
