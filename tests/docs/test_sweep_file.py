"""The page of all settings is the one that today's schema gives."""

from rts_search.sweep.sweep_file import sweep_schema
from scripts.sweep_file import PAGE, page


def test_the_page_of_all_settings_is_that_of_todays_schema() -> None:
    assert PAGE.read_text() == page(sweep_schema()), "run python scripts/sweep_file.py"


def test_the_page_has_every_section_and_every_setting() -> None:
    schema, text = sweep_schema(), PAGE.read_text()
    settings = [name for section in schema["$defs"].values() for name in section["properties"]]
    assert not [name for name in settings if f"| `{name}` |" not in text]
    assert not [name for name in schema["properties"] if f"## {name}\n" not in text and f"| `{name}` |" not in text]
