"""The organisation tree: centre, province, departments, communes, and the districts that ended on 30 June 2025."""

from contracts.units.load import organisation
from contracts.units.tree import TREE_BEGINS, Unit, UnitTree

__all__ = ["TREE_BEGINS", "Unit", "UnitTree", "organisation"]
