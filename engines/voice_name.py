"""What a personal voice may be called: a name, never a path."""

from __future__ import annotations

import re
from typing import Final

PERSONAL: Final = re.compile(r"[a-z][a-z0-9-]{1,30}[a-z0-9]")
"""3 to 32 characters; stock voices have an underscore."""
