"""The pieces of HTML are escaped, and readable on any page."""

from rts_search.notebook.html import bar, box, table, told


def test_every_text_is_escaped() -> None:
    evil = "<script>alert('&')</script>"
    for shown in (box(evil, evil, [told(evil)]), bar(1, 2, evil), table([evil], [[evil]])):
        assert "<script>" not in shown
        assert "&lt;script&gt;" in shown


def test_no_colour_is_given_that_one_of_light_and_dark_pages_would_hide() -> None:
    shown = box("mine", "finished", [bar(1, 2, "1 of 2"), table(["setting"], [["radius"]])])
    colours = [part.partition(";")[0] for part in shown.split("color:")[1:]]
    assert colours == []
    assert "rgba(128,128,128,.4)" in shown


def test_a_bar_without_a_total_does_not_say_how_far_it_is() -> None:
    assert 'value="1.500" max="3"' in bar(1.5, 3, "half")
    assert "value=" not in bar(0.0, 0, "starting")


def test_empty_lines_are_left_out() -> None:
    assert box("mine", "", ["", "one"]).count("<div>") == 2
