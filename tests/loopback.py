"""Options of Dask clusters in tests: nothing listens but on this machine."""

from typing import Any

LOOPBACK: dict[str, Any] = {"protocol": "tcp://", "host": "127.0.0.1", "dashboard_address": "127.0.0.1:0"}
