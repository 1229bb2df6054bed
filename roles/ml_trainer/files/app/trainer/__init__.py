# SPDX-License-Identifier: GPL-3.0-or-later
"""The parts of train.py: each module is one of them, and none but train.py knows them all."""
