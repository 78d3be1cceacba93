"""The picture of curves is SVG that holds every point, and marks up no text of ours."""

from xml.etree import ElementTree

from bench.plot import Dots, Line, Panel, plot_of

_SVG = "{http://www.w3.org/2000/svg}"


def _drawn(*panels: Panel | Dots) -> ElementTree.Element:
    return ElementTree.fromstring(plot_of(panels))


def test_every_point_is_drawn_and_every_line_is_named() -> None:
    lines = [Line("a < b", [(10, 1.0), (1000, 2.0)]), Line("c", [(10, 2.0), (1000, 2.0)])]
    drawn = _drawn(Panel("rates", "tenants", lines))
    assert len(drawn.findall(f".//{_SVG}circle")) == 4
    assert len(drawn.findall(f".//{_SVG}polyline")) == 2
    texts = [text.text for text in drawn.iter(f"{_SVG}text")]
    assert {"rates", "tenants", "a < b", "c", "10", "1,000"} <= set(texts)


def test_higher_values_are_higher_up_and_names_do_not_cover_each_other() -> None:
    drawn = _drawn(
        Panel("t", "s", [Line("low", [(1, 1.0), (2, 99.0)]), Line("high", [(1, 2.0), (2, 100.0)])])
    )
    first, last = [float(one.attrib["cy"]) for one in drawn.findall(f".//{_SVG}circle")][:2]
    assert first > last
    names = {text.text: float(text.attrib["y"]) for text in drawn.iter(f"{_SVG}text")}
    assert names["low"] - names["high"] >= 15


def test_panels_do_not_cover_each_other() -> None:
    panel = Panel("t", "s", [Line("a", [(1, 1.0), (2, 1.0)])])
    drawn = _drawn(panel, panel, panel)
    assert len({group.attrib["transform"] for group in drawn.iter(f"{_SVG}g")}) == 3


def test_dots_stand_in_columns_and_what_is_not_known_is_left_out() -> None:
    dots = Dots("relevance", ["ar", "de"], {"one": [0.9, 0.95], "two": [None, 0.8]}, low=0.85, high=1.0)
    drawn = _drawn(dots)
    places = [(float(one.attrib["cx"]), float(one.attrib["cy"])) for one in drawn.findall(f".//{_SVG}circle")]
    assert len(places) == 3
    assert places[1][0] == places[2][0]
    assert places[0][1] > places[1][1]
    assert {"relevance", "ar", "de", "one", "two", "0.85", "1.00"} <= {
        text.text for text in drawn.iter(f"{_SVG}text")
    }
