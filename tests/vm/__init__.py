# SPDX-License-Identifier: GPL-2.0-or-later
"""Tests in virtual machines (README.md)."""
