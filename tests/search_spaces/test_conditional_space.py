"""What the spaces of schedules and timing share: domains by name, and the number of sections that can be drawn."""

from search_spaces.domains import Uniform
from search_spaces.schedule_space import ScheduleSpace
from search_spaces.timing_space import TimingSpace
from tests.search_spaces.spaces import ALL_TIMING


def test_sizes_count_what_each_kind_uses() -> None:
    assert TimingSpace.model_validate({**ALL_TIMING, "decay": [0.5, 1.0]}).size() == 5 + 2 * 2 * 2 + 2
    assert TimingSpace.model_validate(ALL_TIMING).size() is None
    assert [name for name, _ in TimingSpace.model_validate(ALL_TIMING).uncountable()] == ["decay"]
    assert ScheduleSpace.model_validate({"value": {"uniform": [0, 1]}}).domain("value") == Uniform(0.0, 1.0)
