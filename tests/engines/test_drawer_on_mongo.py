"""Every test of the drawer once more, on MongoDB."""

from tests.chassis.test_ledger_drawer import *  # noqa: F403 - the same tests in another house
from tests.engines import mongo_house

house = mongo_house.house
