"""One script a table; each compares with a named peer in the same run."""

import os

# As in the worker (``daemon.worker``), and like it before numpy is imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
