"""How a driver tells the service's queue that it begins its work."""

import os

from rts_search.basics.errors import UserError
from rts_search.server.database.connection import Database
from rts_search.server.database.job_queue import Jobs
from rts_search.server.drivers.driver import DRIVER_VARIABLE


def report_to_queue(storage_url: str) -> None:
    """Called once, before a command of a driver does anything; does nothing in a process that is no driver.

    Raises: UserError: the job was stopped, or has got another driver, since the service started this process.
    """
    name = os.environ.pop(DRIVER_VARIABLE, None)  # a command that the driver runs is no driver
    if name is not None and not Jobs(Database(storage_url)).report(name):
        raise UserError("nothing was begun: the service has stopped this job, or has started it again")
