"""Ray that cannot start ends in one line."""

import pytest
import ray

from rts_search.basics.errors import UserError
from rts_search.running.executors.ray_cluster import RaySession


def test_a_ray_that_does_not_come_up_is_told_in_one_line_with_a_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(**_: object) -> None:
        raise Exception("The current node timed out during startup.\nIt has many words.")  # as Ray 2.60 does

    monkeypatch.setattr(ray, "init", never)
    session = RaySession(None, verbose=False)
    session.begin()
    message = (
        r"^Ray does not start on this machine: The current node timed out during startup\.; "
        r"try again, or add --executor inline$"
    )
    try:
        with pytest.raises(UserError, match=message):
            session.wait_until_ready()
    finally:
        session.finish()
        session.join()
