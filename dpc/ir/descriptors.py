"""What of a class computes an attribute: asked before a program runs, and when it does.

Generated code asks the same of objects whose class was not known.
"""

from __future__ import annotations

from dpc.runtime.attributes import computing, standing_in

__all__ = ["computing", "standing_in"]
