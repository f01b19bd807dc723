"""Look at Ray clusters, before this process joins one."""

import os
from typing import Any

from ray._private import services
from ray._private.utils import compute_version_info

IMPATIENT = {"RAY_gcs_rpc_server_connect_timeout_s": "2", "RAY_py_gcs_connect_timeout_s": "12"}
"""The variables of a process that looks at clusters. Ray's C++ code repeats its questions so many seconds."""
NODE_SECONDS = 8
"""Seconds in which a node of the cluster must be found on this machine. One that has just begun is listed late."""


def look_at_clusters(addresses: list[str]) -> None:
    """Print one line of JSON for each cluster: address -> what is known of it. Run in a process of its own.

    `refused`: why it cannot be joined; `token` if it asks for another token. Else `token`, whether it takes the token
    of this user, and `own_program`, whether it is the Ray of a program that called `ray.init()`.

    addresses: those that the user gave; empty: the clusters that have a node on this machine. These get the user's
    token, as `ray.init(address="auto")` does. Another address gets it only with RAY_AUTH_MODE=token.
    """
    import json

    here = services.find_gcs_addresses()
    for address in addresses or sorted(here):
        print(json.dumps({address: _looked_at(address, trusted=not addresses)}), flush=True)


def _looked_at(address: str, trusted: bool) -> dict[str, Any]:
    import ray
    from ray._common.usage.usage_lib import get_cluster_metadata
    from ray._raylet import AuthenticationTokenLoader, Config, GcsClient  # type: ignore[attr-defined]

    has_token = AuthenticationTokenLoader.instance().has_token(ignore_auth_mode=True)
    with_token = os.environ.get("RAY_AUTH_MODE") == "token"
    if with_token and not has_token:
        return {"refused": "token"}
    try:
        client = GcsClient(services.canonicalize_bootstrap_address(address))
    except ray.exceptions.AuthenticationError:
        if with_token or not has_token or not trusted or "RAY_AUTH_MODE" in os.environ:
            return {"refused": "token"}
        os.environ["RAY_AUTH_MODE"] = "token"
        Config.initialize("")
        try:
            return _looked_at(address, trusted)
        finally:
            del os.environ["RAY_AUTH_MODE"]
            Config.initialize("")
    except ray.exceptions.RpcError:
        return {"refused": "no Ray answers there"}
    facts = get_cluster_metadata(client)
    theirs, ours = (facts["ray_version"], facts["python_version"]), compute_version_info()[:2]
    if theirs != ours:
        told = "Ray {} on Python {}"
        return {"refused": f"it runs {told.format(*theirs)}, but this is {told.format(*ours)}"}
    try:
        services.get_node_to_connect_for_driver(client, timeout_seconds=NODE_SECONDS)
    except RuntimeError:
        return {"refused": "no node of it runs on this machine"}
    return {"token": with_token, "own_program": facts["ray_init_cluster"]}
