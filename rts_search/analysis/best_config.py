"""The best config of a sweep with its provenance, as YAML, JSON or a Python script that trains it."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from pprint import pformat
from typing import Any, Literal

from rts_search.analysis.arms.untuned import untuned
from rts_search.analysis.tables import Tables
from rts_search.basics.environment import versions
from rts_search.basics.errors import UserError
from rts_search.basics.yaml_text import yaml_text
from rts_search.study.study import SweepStudy
from rts_search.study.trials import TrialEntry
from rts_search.sweep.baselines import RTS
from rts_search.sweep.overrides import apply_overrides
from rts_search.sweep.yaml_reader import read_yaml
from trainables.core.settings.config import TrialConfig
from trainables.core.settings.section import ConfigError

Form = Literal["yaml", "json", "python"]
OF_SWEEPS = frozenset({"space", "search", "baselines", "scheduler", "objective", "resources", "confirm", "over"})
"""Sections that a sweep file has and the config of one training has not."""

SCRIPT = '''"""Trains the config of trial {trial} of sweep {sweep}: {metric} {value:.4f} by the {rule} epoch.

It prints every epoch, writes the weights and measures the accuracy on the test part. After an interruption, run it
again: it continues from its last stored state.
"""

import argparse

PROVENANCE = {provenance}

CONFIG = {config}


def main() -> None:
    """Read the options, train, write the weights, read the test part."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", default="best.safetensors", help="file for the weights (default: %(default)s)")
    parser.add_argument("--store", default="checkpoints", help="folder for its states (default: %(default)s)")
    parser.add_argument(
        "--threads", type=int, default=PROVENANCE.get("threads"), help="CPU threads (default: %(default)s)"
    )
    options = parser.parse_args()

    import torch
    from safetensors.torch import save_file

    from trainables.core.data import load_dataset
    from trainables.core.history.store import Store
    from trainables.core.settings.config import TrialConfig
    from trainables.core.training.trial import Trial

    if options.threads is not None:
        torch.set_num_threads(options.threads)
    config = TrialConfig.from_dict(CONFIG)
    dataset = load_dataset(config.dataset)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    trial = Trial(config, dataset, Store(options.store), name="best", device=device)
    for outcome in trial.epochs():
        record = outcome.stored.record
        print(f"epoch {{record.epoch + 1}}  {{record.phase}}  {metric} {{record.{metric}:.4f}}", flush=True)
    engine = trial.engine_after(config.training.epochs)
    weights = {{name: tensor.contiguous().clone() for name, tensor in engine.parameters().items()}}
    save_file(weights, options.weights)
    print(f"weights in {{options.weights}}; test_acc {{engine.evaluate(dataset.test).accuracy:.4f}}")


if __name__ == "__main__":
    main()
'''
MOST_THREADS = 10_000


def digest(config: dict[str, Any]) -> str:
    """SHA-256 of the settings. It shows whether an exported file was edited."""
    return hashlib.sha256(json.dumps(config, sort_keys=True).encode()).hexdigest()


def best_export(
    study: SweepStudy,
    tables: Tables,
    verdict: dict[str, Any] | None = None,
    outdated: str = "",
    arm: str | None = None,
    trial: int | None = None,
) -> dict[str, Any]:
    """The best config with its provenance. With a current verdict this is the winner of the confirmation.

    Args:
        study: the sweep.
        tables: its tables.
        verdict: the current verdict of its confirmation, if there is one.
        outdated: the sentence to record instead of an outdated verdict.
        arm: the best of this arm or the baseline of this name, whatever the verdict; None: the best of the sweep.
        trial: number of the trial to take instead, however it ended.

    Raises:
        UserError: no trial of the search, or of the arm, is complete, or the sweep has no such arm or trial, or the
            trial has not trained an epoch.
    """
    best: TrialEntry | None
    if trial is not None:
        best, of = trained_trial(tables.entries, trial, study.name), ""
    elif arm is not None:
        best, of = tables.best_of(_known(arm, study)), f" of {arm}"
    else:
        best, of = tables.best() if verdict is None else tables.entries[verdict["winner"]], ""
    if best is None or best.config is None:
        raise UserError(f"{study.name}: has no completed trial{of} yet; wait for one, or `{study.go_on}`")
    metric = study.sweep.objective.measure
    provenance = {
        "sweep": study.name,
        "trial": best.number,
        "metric": study.sweep.objective.metric,
        "rule": study.sweep.objective.rule,
        **{name: getattr(best.chosen(study.sweep.objective), name) for name in dict.fromkeys(("val_acc", metric.name))},
        **{name: tables.tested(best)[name] for name in dict.fromkeys(("test_acc", metric.test))},
        "gradient_evaluations": best.cost,
        **({} if best.arm == RTS and not study.sweep.tuned else {"arm": best.arm}),
        **({"selected_among": sum(e.arm == best.arm for e in tables.entries)} if trial is None else {}),
        **({"baselines": words} if (words := untuned(study.sweep)) else {}),
        **({} if verdict is None else {"verdict": verdict}),
        **({"confirmation": outdated} if outdated else {}),
        **({} if trial is None else {"chosen_by": "number", "state": best.state}),
        **({} if (threads := tables.threads_of(best)) is None else {"threads": threads}),
        "data_fingerprint": study.data.fingerprint,
        "versions": versions(),
        "digest": digest(best.config),
    }
    return {**best.config, "provenance": provenance}


def trained_trial(entries: Sequence[TrialEntry], number: int, sweep: str) -> TrialEntry:
    """The trial of this number, which has been drawn and has an epoch at least. Raises: UserError."""
    if not 0 <= number < len(entries):
        raise UserError(f"{sweep}: trial: must be a number below {len(entries)}, the trials so far, but got {number}")
    if entries[number].config is None or not entries[number].epochs:
        raise UserError(f"{sweep}: trial {number}: must have trained an epoch, but has none")
    return entries[number]


def _known(arm: str, study: SweepStudy) -> str:
    methods = [RTS, *(baseline.name for baseline in study.sweep.baselines)]
    if arm not in methods:
        raise UserError(f"{study.name}: arm: must be one of {', '.join(methods)}, but got {arm!r}")
    return arm


def render(export: dict[str, Any], form: Form) -> str:
    """Write the export as text in this form."""
    if form == "json":
        return json.dumps(export, indent=2, ensure_ascii=False) + "\n"
    if form == "yaml":
        return yaml_text(export)
    provenance = export["provenance"]
    config = {name: value for name, value in export.items() if name != "provenance"}
    parts = {name: provenance[name] for name in ("sweep", "trial", "metric", "rule")}
    parts["value"] = provenance[provenance["metric"]]
    return SCRIPT.format(
        provenance=pformat(provenance, sort_dicts=False), config=pformat(config, sort_dicts=False), **parts
    )


def form_for(named: str | None, output: Path | None) -> Form:
    """The form of an export: as named, or by the ending of the output file, or yaml. Raises: UserError."""
    forms: dict[str, Form] = {"yaml": "yaml", "yml": "yaml", "json": "json", "python": "python", "py": "python"}
    wanted = named or (output.suffix[1:] if output is not None and output.suffix else "yaml")
    if wanted not in forms:
        if named is None:
            rule = "must end in .yaml, .yml, .json or .py without --format"
            raise UserError(f"--output: {rule}, but got {str(output)!r}")
        raise UserError(f"--format: must be yaml, json or python, but got {wanted!r}")
    return forms[wanted]


def read_config(file: Path, overrides: Sequence[str] = ()) -> TrialConfig:
    """Read a config from an exported file, or from one written by hand without `provenance`, and apply overrides.

    Raises:
        UserError: the file cannot be read, holds no config, or was edited after its export.
    """
    return read_export(file, overrides)[0]


def read_export(file: Path, overrides: Sequence[str] = ()) -> tuple[TrialConfig, int | None]:
    """The same with the CPU threads with which the config was trained in its sweep; None where that is not told."""
    content = dict(read_yaml(file))
    provenance = content.pop("provenance", None)
    if provenance is not None:
        wanted = provenance.get("digest") if isinstance(provenance, dict) else None
        if wanted != digest(content):
            raise UserError(
                f"{file}: provenance.digest: does not match the settings, the file was edited after its export; "
                "export it again, or remove the section `provenance` to train it as your own"
            )
    if of_sweep := sorted(content.keys() & OF_SWEEPS):
        raise UserError(
            f"{file}: must be a config file, but {', '.join(of_sweep)} make it a sweep file: launch it with "
            f"`rts-search launch {file}`, or write a config with `rts-search export NAME -o best.yaml`"
        )
    return config_of_values(content, str(file), overrides), _threads(provenance, file)


def config_of_values(values: dict[str, Any], place: str, overrides: Sequence[str] = ()) -> TrialConfig:
    """A config from plain values, with overrides applied. `place`: for messages. Raises: UserError."""
    try:
        return TrialConfig.from_dict(apply_overrides(values, overrides))
    except ConfigError as error:
        raise UserError(f"{place}: {error}") from error


def _threads(provenance: dict[str, Any] | None, file: Path) -> int | None:
    """Raises: UserError."""
    threads: int | None = (provenance or {}).get("threads")
    if threads is None:
        return None
    if not isinstance(threads, int) or isinstance(threads, bool) or not 1 <= threads <= MOST_THREADS:
        rule = f"must be a whole number in [1, {MOST_THREADS}]"
        raise UserError(f"{file}: provenance.threads: {rule}, but got {threads!r}")
    return threads
