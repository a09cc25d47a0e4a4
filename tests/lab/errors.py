# SPDX-License-Identifier: GPL-2.0-or-later
"""What can go wrong with the laboratory itself (not with what is tested in it)."""


class LabError(Exception):
    """The laboratory could not do what it was asked to."""


class Skip(Exception):
    """This machine cannot do it; the test says so and goes on: `skip NAME: reason`."""
