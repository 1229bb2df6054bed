# Copyright (c) 2026 mlops.infra contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: content_digest
short_description: Name what is in a directory by a digest
version_added: 0.1.0
author:
  - mlops.infra maintainers (@mlops-infra)
description:
  - Returns the SHA-256 of all files of a directory and of the directories in it, of their paths and their content. It
    is another one as soon as anything in there is, so that an image that has it in its tag need not be built twice.
  - Owners, modes, times and empty directories have no part in it. Neither have directories whose name begins with a
    dot, and C(__pycache__).
  - It reads on the controller.
options:
  _terms:
    description: The directories.
    type: list
    elements: path
    required: true
"""

EXAMPLES = r"""
- name: What the image of these sources is called
  ansible.builtin.debug:
    msg: "registry.example.org/trainer:{{ lookup('mlops.infra.content_digest', '/srv/trainer')[:12] }}"
"""

RETURN = r"""
_raw:
  description: One digest for each directory, 64 hexadecimal digits.
  type: list
  elements: str
"""

import hashlib
import os
import typing as t

from ansible.errors import AnsibleError
from ansible.plugins.lookup import LookupBase


class LookupModule(LookupBase):
    def run(
        self, terms: list[str], variables: dict[str, t.Any] | None = None, **kwargs: t.Any
    ) -> list[str]:
        self.set_options(var_options=variables, direct=kwargs)
        return [digest(term) for term in terms]


def digest(directory: str) -> str:
    if not os.path.isdir(directory):
        raise AnsibleError(f"{directory} is no directory on the controller: correct the path.")
    whole = hashlib.sha256()
    for path in sorted(files(directory)):
        try:
            with open(os.path.join(directory, path), "rb") as content:
                part = hashlib.file_digest(content, "sha256").hexdigest()
        except OSError as error:
            raise AnsibleError(
                f"{path} in {directory} cannot be read: {error.strerror}."
            ) from error
        whole.update(f"{part} {path}\n".encode("utf-8", "surrogateescape"))
    return whole.hexdigest()


def files(directory: str) -> t.Iterator[str]:
    for root, directories, names in os.walk(directory):
        directories[:] = [d for d in directories if not d.startswith(".") and d != "__pycache__"]
        for name in names:
            yield os.path.relpath(os.path.join(root, name), directory)
