"""Says of baselines that they were not tuned: at one learning rate a comparison may favour either side."""

from rts_search.sweep.sweep import SweepFile, baseline_config


def untuned(sweep: SweepFile) -> str:
    """`untuned, at lr 0.05`, of the baselines of a sweep; empty when they are tuned, or when there are none.

    Where they have different learning rates, each is named: `untuned, sgd at lr 0.1, pugd at lr 0.05`.
    """
    if sweep.tuned or not sweep.baselines:
        return ""
    rates = {one.name: baseline_config(sweep, one).training.lr for one in sweep.baselines}
    if len(set(rates.values())) == 1:
        return f"untuned, at lr {next(iter(rates.values())):g}"
    return f"untuned, {', '.join(f'{name} at lr {rate:g}' for name, rate in rates.items())}"
