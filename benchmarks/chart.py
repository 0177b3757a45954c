"""`docs/performance.svg`: records per CPU second, as bars."""

from collections.abc import Iterator
from xml.sax.saxutils import escape

from benchmarks.figures import Figures
from benchmarks.service import Json

TITLES = {
    "same": "Reports: the same answers of 28 metrics",
    "whole": "Reports: every metric that the program asks for",
    "entities": "Ads",
}
COLOURS = {"ours": "#0b7285", "4.7.0": "#e8590c", "3.9.10": "#f08c00", "floor": "#adb5bd"}
LABELS = {"ours": "this connector", "4.7.0": "Airbyte 4.7.0", "3.9.10": "Airbyte 3.9.10", "floor": "bare floor"}
WIDTH, LEFT, RIGHT = 760, 130, 150
BAR, GAP, HEADING = 18, 6, 34


def chart(results: Json) -> str:
    """The chart as SVG."""
    cases = {name: results[name] for name in TITLES}
    rates = [Figures(**figures).rate for case in cases.values() for figures in case.values()]
    body, top = [], 44
    for name, case in cases.items():
        body.append(_text(10, top + 20, TITLES[name], weight="bold"))
        top += HEADING
        body += _bars(case, top, (WIDTH - LEFT - RIGHT) / max(rates))
        top += len(case) * (BAR + GAP)
    size = f'width="{WIDTH}" height="{top + 14}" viewBox="0 0 {WIDTH} {top + 14}"'
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif">',
        f'<rect width="{WIDTH}" height="{top + 14}" fill="#ffffff"/>',
        _text(
            10,
            24,
            "Records per CPU second after start-up, and how many times Airbyte 4.7.0",
            weight="bold",
            size=15,
        ),
    )
    return "\n".join((*head, *body, "</svg>\n"))


def _bars(case: Json, top: int, scale: float) -> Iterator[str]:
    base = Figures(**case["4.7.0"]).rate
    for place, name in enumerate(COLOURS):
        rate = Figures(**case[name]).rate
        y, width = top + place * (BAR + GAP), max(rate * scale, 1)
        yield _text(LEFT - 8, y + 14, LABELS[name], anchor="end")
        yield f'<rect x="{LEFT}" y="{y}" width="{width:.1f}" height="{BAR}" fill="{COLOURS[name]}"/>'
        yield _text(LEFT + width + 8, y + 14, f"{rate:,.0f} ({rate / base:.1f} x)")


def _text(x: float, y: float, text: str, *, weight: str = "normal", size: int = 13, anchor: str = "start") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-weight="{weight}" font-size="{size}" text-anchor="{anchor}" '
        f'fill="#212529">{escape(text)}</text>'
    )
