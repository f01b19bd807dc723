"""What is written into the study of a sweep when it is launched."""

from collections.abc import Sequence
from typing import Any

from rts_search.basics.environment import user_name
from rts_search.study import attributes as kept
from rts_search.study.data_facts import DataFacts
from rts_search.study.samplers.earlier_results import EarlierResult, to_attributes
from rts_search.sweep.own_modules import folder_of, own_names
from rts_search.sweep.sweep import SweepFile
from trainables.core.history.lineage import source_of
from trainables.core.models.weights import weights_identity


def first_attributes(
    sweep: SweepFile,
    data: DataFacts,
    results: str | None = None,
    earlier: Sequence[EarlierResult] = (),
    model: str = "",
) -> dict[str, Any]:
    """What the study of a sweep keeps besides the sweep and its identity, by name. See `SweepStudy.create`."""
    return {
        kept.DATA: data.to_dict(),
        kept.MODEL_SOURCE: source_of(sweep.model.name),
        kept.MODEL_WEIGHTS: weights_identity(sweep.model),
        kept.RESULTS: results,
        kept.LAUNCHED_BY: user_name(),
        **({kept.MODEL_TOLD: model} if model else {}),
        **({} if (folder := folder_of(own_names(sweep.to_dict()))) is None else {kept.MODULES: folder}),
        **dict(to_attributes(earlier)),
    }
