"""What Ray takes by itself: its import, its start, two workers that import torch, and its end."""

import argparse

import ray


@ray.remote
def import_torch() -> None:
    """Called in each worker."""
    import torch  # noqa: F401


def main() -> None:
    """Start and end Ray."""
    ray.init(log_to_driver=False, include_dashboard=False)
    ray.get([import_torch.remote() for _ in range(2)])
    ray.shutdown()


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__).parse_args()
    main()
