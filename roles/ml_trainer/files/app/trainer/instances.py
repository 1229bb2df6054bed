# SPDX-License-Identifier: GPL-3.0-or-later
"""What may be asked of a model: images of digits, as numbers."""

from __future__ import annotations

import json

import numpy as np

from trainer.digits import BRIGHTEST, PIXELS

MOST_INSTANCES = 1000
MOST_BYTES = 2 * 1024 * 1024


class BadRequestError(Exception):
    """C(str) tells the client what to send instead."""


def pixels(body: bytes) -> np.ndarray:
    """The images of a request, a row each, with pixels from 0 to 1 as the network knows them."""
    try:
        asked = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadRequestError("The body is no JSON.") from error
    if not isinstance(asked, dict) or set(asked) != {"instances"}:
        raise BadRequestError('The body has to be an object with "instances" and nothing else.')
    instances = asked["instances"]
    if not isinstance(instances, list) or not 1 <= len(instances) <= MOST_INSTANCES:
        raise BadRequestError(f'"instances" has to be a list of 1 to {MOST_INSTANCES} images.')
    for number, instance in enumerate(instances):
        if not isinstance(instance, list) or len(instance) != PIXELS:
            raise BadRequestError(f"Instance {number} has to be a list of {PIXELS} numbers.")
        if not all(_is_pixel(value) for value in instance):
            raise BadRequestError(
                f"Instance {number} has to be {PIXELS} numbers from 0 to {BRIGHTEST:g}, "
                "row by row from the top left, 0 being white."
            )
    return np.array(instances, dtype=np.float64) / BRIGHTEST


def _is_pixel(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return 0 <= value <= BRIGHTEST  # also refuses NaN
