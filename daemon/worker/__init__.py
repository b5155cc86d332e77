"""The worker: one process that serves one release, engines and conversation."""

import os

# Before numpy is imported: the threads of OpenBLAS spin for each other where other processes want
# the cores, and a small product then takes a hundred times as long.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
