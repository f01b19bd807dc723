"""The command that lists the models: models."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from rts_search.basics.phases import phase
from rts_search.cli.markdown_view import print_markdown
from rts_search.cli.options import Json

if TYPE_CHECKING:
    from rts_search.operations.models import Form

HEAD = ("model", "parameters", "multiply-adds", "with u", "multiply-adds", "with s", "multiply-adds")
MILLION = 1e6


def models(
    image_size: Annotated[int, typer.Option(help="Height and width of the images, in pixels.")] = 32,
    classes: Annotated[int, typer.Option(help="Number of classes.")] = 10,
    stem: Annotated[str, typer.Option(help="cifar (for small images) or imagenet.")] = "cifar",
    as_json: Json = False,
) -> None:
    """List the built-in models with their sizes."""
    with phase("counting parameters and multiply-adds"):
        from rts_search.operations.models import model_sizes

        found = model_sizes(image_size, classes, stem)
    if as_json:
        typer.echo(json.dumps([one.to_dict() for one in found]))
        return
    lines = [" | ".join(HEAD), " | ".join(["---", *["---:"] * (len(HEAD) - 1)])]
    for one in found:
        cells = [one.name, *(cell for form in (one.plain, *map(one.forms.get, ("u", "s"))) for cell in _cells(form))]
        lines.append(" | ".join(cells))
    print_markdown("\n".join(f"| {line} |" for line in lines))
    typer.echo(
        f"\nIn millions, for images of {image_size} x {image_size} pixels with 3 channels, {classes} classes and the "
        f"stem {stem}. u and s are model.bsconv; -: not for this model. Multiply-adds of one image forward, counted as "
        "in the tables of Haase and Amthor (2020): products of convolutions, linear layers and attention, 1 for each "
        "value that gets a bias, passes a ReLU or is pooled, 2 for each that passes a norm. `check` counts products "
        "alone. --json has both, and why a form is missing."
    )


def _cells(form: "Form | None") -> tuple[str, str]:
    if form is None or form.size is None:
        return "-", "-"
    return f"{form.size.parameters / MILLION:.2f}", f"{form.size.multiply_adds / MILLION:.2f}"
