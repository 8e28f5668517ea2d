"""A Ray cluster of several nodes on this machine, on loopback alone, for as long as its standard input is open.

    python -m benchmarks.ray_nodes 2

Prints the address, then waits. Each node has one core and a small object store. Not how to run a cluster: see docs/ray.md.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

LOOPBACK = {
    "RAY_USAGE_STATS_ENABLED": "0",
    # Ray's own switch for computers whose firewall asks: nodes have the address 127.0.0.1 and listen there alone.
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",
}
STORE = 128 * 2**20  # bytes of a node's object store; a group's rows take about 8 MB


@contextmanager
def nodes(count: int) -> Iterator[str]:
    """Such a cluster in a process of its own; its address. The caller needs `LOOPBACK` in its environment to join it."""
    with tempfile.TemporaryDirectory(prefix="ray", dir="/tmp") as folder:
        command = [sys.executable, "-m", "benchmarks.ray_nodes", str(count)]
        environment = os.environ | LOOPBACK | {"RAY_TMPDIR": folder}
        with subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=environment,
        ) as process:
            if process.stdout is None or not (address := process.stdout.readline().strip()):
                raise RuntimeError(
                    "The Ray nodes did not start; run the command of benchmarks/ray_nodes.py to see why."
                )
            yield address
            process.communicate()  # closes its standard input, which ends it


def main() -> None:
    """Start the nodes, tell the address, end them when standard input ends."""
    from ray.cluster_utils import Cluster

    (Path(os.environ["RAY_TMPDIR"]) / "ray").mkdir(exist_ok=True)  # Cluster writes there before it is made
    node: dict[str, Any] = {
        "num_cpus": 1,
        "node_ip_address": "127.0.0.1",
        "object_store_memory": STORE,
        "include_log_monitor": False,
    }
    cluster = Cluster(initialize_head=True, head_node_args=node | {"include_dashboard": False, "no_monitor": True})
    for _ in range(int(sys.argv[1]) - 1):
        cluster.add_node(**node)
    sys.stdout.write(f"{cluster.address}\n")
    sys.stdout.flush()
    sys.stdin.read()
    cluster.shutdown()  # type: ignore[no-untyped-call]


if __name__ == "__main__":
    main()
