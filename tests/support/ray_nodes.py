"""A Ray cluster of two nodes with one core each, on the loopback of this machine, until stdin closes.

Prints its address, and the process of the second node.
"""

from __future__ import annotations

import sys
from typing import Any

from ray.cluster_utils import Cluster

NODE: dict[str, Any] = {"num_cpus": 1, "node_ip_address": "127.0.0.1", "object_store_memory": 100_000_000}
HEALTH = {"health_check_period_ms": 2000, "health_check_failure_threshold": 5, "health_check_timeout_ms": 10000}

if __name__ == "__main__":
    cluster = Cluster(True, head_node_args={**NODE, "include_dashboard": False, "_system_config": HEALTH})
    second = cluster.add_node(**NODE)
    print(cluster.address, second.all_processes["raylet"][0].process.pid, flush=True)  # noqa: T201
    sys.stdin.read()
    cluster.shutdown()  # type: ignore[no-untyped-call]
