# SPDX-License-Identifier: GPL-2.0-or-later
"""Replays recorded resource scenarios (shared/vectors/resources-v1) on a laboratory."""
