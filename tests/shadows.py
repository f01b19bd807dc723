"""Source files that have no test file of their own name, each with the suite that covers it and why it is there."""

from collections.abc import Mapping
from types import MappingProxyType


def _files(folder: str, suite: str, names: str) -> dict[str, str]:
    return {f"{folder}/{name}.py": suite for name in names.split()}


COVERED_BY: Mapping[str, str] = MappingProxyType(
    {
        # It only installs the import hook of earlier_paths.
        "trainables/core/__init__.py": "tests/trainables/core/test_earlier_paths.py",
        # What is imported only when it is asked for, so that a process hears signals before.
        "rts_search/__init__.py": "tests/rts_search/notebook/test_sweep.py",
        "rts_search/cli/__init__.py": "tests/rts_search/cli/test_stopping.py",
        # What a worker is asked to do; the tests of the worker make it.
        "trainables/order.py": "tests/trainables/test_worker.py",
        # Private parts of Ray, seen in a sweep on Ray and in the commands that look for a cluster.
        **_files(
            "rts_search/running/executors/ray_internals",
            "tests/rts_search/running/executors/ray_internals/test_processes.py",
            "settings tune",
        ),
        **_files(
            "rts_search/running/executors/ray_internals",
            "tests/rts_search/running/executors/test_ray_address.py",
            "clusters",
        ),
        # The imports of a worker process, seen in a worker of a real Ray.
        "trainables/ray_worker.py": "tests/rts_search/running/executors/test_executors.py",
        # The store in another filesystem, and what a store asks of any.
        **_files("trainables/core/history", "tests/trainables/core/history/test_store.py", "remote_files store_files"),
        # The methods as steps of the optimizer.
        **_files(
            "trainables/core/optimizer/methods",
            "tests/trainables/core/optimizer/test_perturbations.py",
            "__init__ amp asam method sam",
        ),
        **_files(
            "trainables/core/optimizer/methods",
            "tests/trainables/core/optimizer/test_sam_variants.py",
            "friendly_sam gsam looksam",
        ),
        "trainables/core/optimizer/path_layers.py": "tests/trainables/core/optimizer/test_path_network.py",
        "trainables/core/optimizer/methods/pugd.py": "tests/trainables/core/optimizer/test_pugd.py",
        "trainables/core/optimizer/target.py": "tests/trainables/core/optimizer/test_layout.py",
        # The rules of the scale, from their settings to the record of an epoch.
        "trainables/core/settings/scale_config.py": "tests/trainables/core/optimizer/test_adaptive_scale.py",
        **_files(
            "trainables/core/training",
            "tests/trainables/core/training/test_engine.py",
            "epoch_figures group_settings",
        ),
        # What all parts of a space share.
        "search_spaces/part.py": "tests/search_spaces/test_section_space.py",
        # The sections of a trial's settings, tested together.
        **_files(
            "trainables/core/settings",
            "tests/trainables/core/settings/test_config.py",
            "augmentation_config bsconv_config dataset_config model_config perturbation_config schedule_config "
            "timing_config training_config",
        ),
        # Tables and exports of finished sweeps.
        **_files("rts_search/analysis", "tests/rts_search/study/test_ranking.py", "best_config tables"),
        # The values on the test part, seen in the table of arms and in the table of trials.
        "rts_search/analysis/tested.py": "tests/rts_search/analysis/arms/test_table.py",
        # The arms of a sweep, tested on sweep files that tune them.
        **_files("rts_search/sweep", "tests/rts_search/sweep/test_arms.py", "arm_rules arm_space"),
        # The table of arms and what it says of them.
        "rts_search/analysis/advice/picture.py": "tests/rts_search/analysis/advice/test_advice.py",
        "rts_search/operations/advise.py": "tests/rts_search/cli/test_advising.py",
        # The runs that are compared, chosen and read together.
        "rts_search/analysis/courses/chosen.py": "tests/rts_search/analysis/courses/test_reading.py",
        # The tables, whose cells and rows are tested as they are shown.
        "rts_search/analysis/courses/section.py": "tests/rts_search/analysis/costs/test_table.py",
        "rts_search/analysis/costs/wording.py": "tests/rts_search/analysis/costs/test_table.py",
        **_files("rts_search/analysis/stability", "tests/rts_search/analysis/stability/test_table.py", "rows words"),
        "rts_search/analysis/figures/bands.py": "tests/rts_search/analysis/figures/test_costs.py",
        "rts_search/analysis/report/sections.py": "tests/rts_search/cli/test_comparing.py",
        **_files("rts_search/operations", "tests/rts_search/cli/test_comparing.py", "compared costs stability"),
        "rts_search/operations/tasks.py": "tests/rts_search/cli/test_tabulating.py",
        "rts_search/analysis/confirmation/together.py": "tests/rts_search/analysis/tasks/test_family.py",
        "rts_search/analysis/confirmation/tested_runs.py": "tests/rts_search/analysis/tasks/test_cells.py",
        "rts_search/operations/over.py": "tests/rts_search/cli/test_overing.py",
        **_files("rts_search/analysis/arms", "tests/rts_search/analysis/arms/test_rows.py", "edges effort untuned"),
        # The stages of one confirmation, tested together on whole confirmations.
        **_files(
            "rts_search/analysis/confirmation",
            "tests/rts_search/analysis/confirmation",
            "equal_cost extent extent_of_arms judging measured measurement page pairs runs screening stage "
            "verdict wording wording_of_arms",
        ),
        # Each figure of a report, tested on the report that shows it.
        **_files(
            "rts_search/analysis/figures",
            "tests/rts_search/analysis/report/test_report.py",
            "__init__ shared_epochs sweep_view verdict",
        ),
        # The parts of one forecast.
        **_files(
            "rts_search/analysis/forecast",
            "tests/rts_search/analysis/forecast",
            "confirmation_cost costs estimate forecast_error",
        ),
        # The parts of reports and comparisons.
        **_files(
            "rts_search/analysis/report",
            "tests/rts_search/analysis/report",
            "alike comparison_rows comparison_table leaderboard rendering side winners",
        ),
        # The section and the page of a landscape, tested with its figure.
        "rts_search/analysis/report/landscape.py": "tests/rts_search/analysis/figures/test_landscape.py",
        # The parts of one simulation.
        **_files(
            "rts_search/analysis/simulation",
            "tests/rts_search/analysis/simulation/test_experiment.py",
            "curves draws replay report simulate",
        ),
        # A few lines each, seen in what a command prints and returns.
        **_files("rts_search/basics", "tests/rts_search/cli", "errors exit_codes gc_pause"),
        "rts_search/cli/models.py": "tests/rts_search/operations/test_models.py",
        "rts_search/cli/trial_log.py": "tests/rts_search/cli/test_watching.py",
        # The commands, tested as a user runs them.
        **_files(
            "rts_search/cli",
            "tests/rts_search/whole_sweeps/test_sweep.py",
            "confirming landscape live_display options planning results running_sweeps serving store sweeps training",
        ),
        # The waiting for a real sweep, and the place where it is.
        **_files("rts_search/notebook", "tests/rts_search/notebook/test_launching.py", "place waiting"),
        # What the commands, pages and notebooks do.
        **_files(
            "rts_search/operations",
            "tests/rts_search/operations",
            "notify results train",
        ),
        # The trained best of a sweep, tested as a notebook asks for it.
        "rts_search/operations/trained_model.py": "tests/rts_search/notebook/test_sweep.py",
        # Which weights a landscape compares, tested with the command.
        **_files(
            "rts_search/operations",
            "tests/rts_search/operations/test_landscape.py",
            "landscape_of_config landscape_of_target landscape_runs",
        ),
        # The parts of a running sweep.
        **_files(
            "rts_search/running",
            "tests/rts_search/running",
            "candidates capacity final_test measuring sweep_run watcher",
        ),
        # The two executors share one suite.
        **_files(
            "rts_search/running/executors",
            "tests/rts_search/running/executors",
            "__init__ executor ray",
        ),
        # The trackers share one suite.
        **_files(
            "rts_search/running/tracking",
            "tests/rts_search/running/tracking/test_tracking.py",
            "mlflow tensorboard tracked tracker wandb",
        ),
        # The service, tested by requests.
        **_files("rts_search/server/api", "tests/rts_search/server/api", "events own_sweep"),
        **_files(
            "rts_search/server",
            "tests/rts_search/server",
            "app error_handlers figure_cache job_files logging problems prometheus responses routes serve"
            " settings state summaries",
        ),
        # What the fields show and how they change the text, tested together.
        **_files(
            "rts_search/server/form", "tests/rts_search/server/form/test_changes.py", "fields groups schema_facts shown"
        ),
        # Seen in what the form says of a sweep file.
        "rts_search/server/form/mistakes.py": "tests/rts_search/server/api/test_drafts.py",
        "rts_search/server/form/data_folders.py": "tests/rts_search/server/pages/test_new_sweep.py",
        "rts_search/server/api/new_name.py": "tests/rts_search/server/api/test_drafts.py",
        **_files("rts_search/server/database", "tests/rts_search/server/database", "audit connection tables"),
        "rts_search/server/database/request_keys.py": "tests/rts_search/server/api/test_repeats.py",
        **_files("rts_search/server/database/migrations", "tests/rts_search/server/database", "env"),
        **_files(
            "rts_search/server/database/migrations/versions",
            "tests/rts_search/server/database",
            "v0001_service v0002_requests v0003_notes",
        ),
        **_files("rts_search/server/drivers", "tests/rts_search/server/test_restarts.py", "driver local_process"),
        **_files("rts_search/server/pages", "tests/rts_search/server/pages", "compare_page rendering"),
        # A sweep's record in the database.
        **_files(
            "rts_search/study",
            "tests/rts_search/study",
            "agreement checksums confirmation_seeds confirmation_study data_facts driven_study lease_row open_trials"
            " planned_runs rungs studies study_reader trial_reader trial_record",
        ),
        **_files(
            "rts_search/study/database",
            "tests/rts_search/study/database",
            "missing_tables passwords redaction retrying_storage",
        ),
        **_files(
            "rts_search/study/samplers",
            "tests/rts_search/study",
            "__init__ earlier_results grid_and_sobol joint optuna_space stateless",
        ),
        "rts_search/sweep/yaml_pieces.py": "tests/rts_search/sweep/test_yaml_edit.py",
        # The sweep file, tested by what it refuses.
        **_files(
            "rts_search/sweep",
            "tests/rts_search/sweep",
            "idle_settings overrides sections untrusted validation_errors",
        ),
    }
)
"""Path of a source file -> path of the file or folder of tests that covers it."""
