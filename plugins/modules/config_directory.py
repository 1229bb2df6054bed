#!/usr/bin/python
# Copyright (c) 2026 mlops.infra contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: config_directory
version_added: 0.1.0
short_description: Install a service's configuration as one validated whole
description:
  - Writes the files of one configuration directory in a single step, after the service's own
    validator has accepted all of them together.
  - A validator such as C(consul validate DIR) or C(promtool check config FILE) sees the files
    side by side, as the service will. Nothing is replaced when it refuses.
  - One run stands for many M(ansible.builtin.template) tasks, so that an unchanged directory of
    ten files costs as much as one of one file.
author:
  - mlops.infra maintainers (@mlops-infra)
extends_documentation_fragment:
  - mlops.infra._attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: full
options:
  path:
    description: Absolute path of the directory. It is created, its parents as well.
    type: path
    required: true
  files:
    description:
      - The content of each file, which is text, by its path relative to O(path).
      - A file that is there but not named here is removed, so that a renamed one does not live on.
    type: dict
    default: {}
  secrets:
    description:
      - As O(files), for content that must not be shown. The diff shows only whether it changed.
    type: dict
    default: {}
  secret_mode:
    description: Mode of the files in O(secrets), as four octal digits in quotes.
    type: str
    default: "0400"
  owner:
    description: Numeric user that owns the directory and its files.
    type: int
  group:
    description: Numeric group that owns the directory and its files.
    type: int
  mode:
    description: Mode of the files, as four octal digits in quotes.
    type: str
    default: "0640"
  directory_mode:
    description: Mode of the directory and the directories below it, as four octal digits in quotes.
    type: str
    default: "0750"
  data_directories:
    description:
      - Further directories that the service writes to, with the same owner and mode 0700. They
        must not lie in O(path).
      - What is in them is left alone.
    type: list
    elements: path
    default: []
  validate:
    description:
      - Command that checks the new files, as a list of arguments without a shell. C({directory}) in
        it stands for a directory beside O(path) with the new content.
      - It runs only when a file would change.
    type: list
    elements: str
    default: []
  validate_pattern:
    description:
      - Regular expression that the validator's output has to contain besides exiting with 0.
    type: str
    default: ""
seealso:
  - module: ansible.builtin.template
  - module: ansible.builtin.copy
  - plugin: ansible.builtin.template
    plugin_type: lookup
"""

EXAMPLES = r"""
- name: Install Consul's configuration after Consul has accepted it
  mlops.infra.config_directory:
    path: /etc/consul.d
    files:
      consul.json: "{{ lookup('ansible.builtin.template', 'consul.json.j2') }}"
    owner: 100
    group: 1000
    data_directories: [/var/lib/consul]
    validate: [consul, validate, "{directory}"]
  notify: Restart consul
"""

RETURN = r"""
changed_files:
  description: Names of the files that were (or would be) created, replaced or removed.
  returned: always
  type: list
  elements: str
  sample: [consul.json]
created_directories:
  description: Directories that were (or would be) created or given another owner or mode.
  returned: always
  type: list
  elements: str
  sample: [/etc/consul.d]
changed_at:
  description:
    - When the directory's content last changed (UTC, RFC 3339, milliseconds), in this run or before.
      - In check mode, a change that would be made counts as made now.
    - A service that was started earlier has not read it yet. Unlike a handler, which is lost when a
      play is interrupted, this still tells the next run.
  returned: always
  type: str
  sample: "2026-11-23T05:26:21.079Z"
"""

import os
import re
import shutil
import time
import typing as t

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.mlops.infra.plugins.module_utils._errors import MlopsError, UserError
from ansible_collections.mlops.infra.plugins.module_utils._files import (
    Owner,
    Wanted,
    as_text,
    changed_at,
    differs,
    directory_differs,
    present_files,
    read,
    write,
)
from ansible_collections.mlops.infra.plugins.module_utils._layout import (
    as_bytes,
    check_apart,
    check_below,
    check_directory,
    check_names,
    check_pattern,
    check_writable,
    nearest_directory,
    numeric_id,
    octal,
    parents,
)
from ansible_collections.mlops.infra.plugins.module_utils._outcome import as_diff, digest

DATA_MODE = 0o700


def wanted_files(params: dict[str, t.Any]) -> dict[str, Wanted]:
    mode, secret_mode = (octal(option, params[option]) for option in ("mode", "secret_mode"))
    both = sorted(set(params["files"]) & set(params["secrets"]))
    if both:
        raise UserError(f"named in both files and secrets: {', '.join(both)}")
    files = {n: Wanted(as_bytes(n, c), mode, False) for n, c in params["files"].items()}
    for name, content in params["secrets"].items():
        files[name] = Wanted(as_bytes(name, content), secret_mode, True)
    check_names(files)
    return files


def wanted_directories(params: dict[str, t.Any], files: t.Iterable[str]) -> list[tuple[str, int]]:
    """Every directory with its mode, parents first."""
    mode = octal("directory_mode", params["directory_mode"])
    below = sorted({parent for name in files for parent in parents(name)})
    config = [params["path"], *(os.path.join(params["path"], d) for d in below)]
    return [(d, mode) for d in config] + [(d, DATA_MODE) for d in params["data_directories"]]


def stale_directories(
    params: dict[str, t.Any], files: t.Iterable[str], owner: Owner
) -> list[tuple[str, int]]:
    wanted = wanted_directories(params, files)
    return [(path, mode) for path, mode in wanted if directory_differs(path, mode, owner)]


def diff_of(path: str, names: t.Iterable[str], files: dict[str, Wanted]) -> list[dict[str, str]]:
    return [one_diff(os.path.join(path, name), files.get(name)) for name in names]


def one_diff(path: str, want: t.Optional[Wanted]) -> dict[str, str]:
    # What is no longer named may have been a secret.
    hide = want is None or want.secret
    return as_diff(shown(read(path), hide), shown(want.content if want else None, hide), path)


def shown(content: t.Optional[bytes], hide: bool) -> t.Optional[str]:
    if content is None:
        return None
    return digest(content) + "\n" if hide else content.decode(errors="replace")


def check_with_validator(module: AnsibleModule, files: dict[str, Wanted], owner: Owner) -> None:
    """Let the service's validator look at the new files in a directory of their own."""
    command, pattern = module.params["validate"], module.params["validate_pattern"]
    if not command:
        return
    # A fixed name: what an interrupted run left behind goes with the next one.
    path = module.params["path"]
    staging = os.path.join(
        nearest_directory(os.path.dirname(path)), f".{os.path.basename(path)}.validate"
    )
    shutil.rmtree(staging, ignore_errors=True)
    os.mkdir(staging, 0o700)
    try:
        os.chmod(staging, 0o755)  # an unprivileged validator has to enter it
        os.chown(staging, *owner)
        for name, want in files.items():
            write(os.path.join(staging, name), want, owner)
        rc, out, err = output(module, [a.replace("{directory}", staging) for a in command])
    finally:
        shutil.rmtree(staging)
    if rc != 0 or not re.search(pattern, out + err):
        said = (out + err).replace(staging, path).strip() or f"{command[0]} only ended with {rc}"
        raise UserError(f"The new configuration is not valid, nothing was replaced: {said}")


def output(module: AnsibleModule, command: list[str]) -> tuple[int, str, str]:
    try:
        return t.cast("tuple[int, str, str]", module.run_command(command, handle_exceptions=False))
    except (OSError, ValueError) as exc:
        raise UserError(f"validate: {command[0]!r} cannot be run: {exc}") from exc


def check(params: dict[str, t.Any], files: t.Iterable[str]) -> None:
    check_pattern(params["validate_pattern"])
    check_directory("path", params["path"])
    for directory in params["data_directories"]:
        check_directory("data_directories", directory)
    check_apart(params["path"], params["data_directories"])
    check_below(params["path"], files)


def run(module: AnsibleModule) -> dict[str, t.Any]:
    params = module.params
    path = params["path"] = os.path.normpath(params["path"] or "")
    owner = Owner(*(numeric_id(option, params[option]) for option in ("owner", "group")))
    files = wanted_files(params)
    check(params, files)
    extra = sorted(present_files(path) - set(files))
    stale = sorted(n for n, w in files.items() if differs(os.path.join(path, n), w, owner))
    folders = stale_directories(params, files, owner)
    changed_files = stale + extra
    result = {
        "changed": bool(changed_files or folders),
        "changed_files": changed_files,
        "created_directories": [d for d, _mode in folders],
        "diff": diff_of(path, changed_files, files),
    }
    if result["changed"]:
        check_writable(path)
    if changed_files:
        check_with_validator(module, files, owner)
    if module.check_mode:
        return {**result, "changed_at": as_text(time.time()) if changed_files else changed_at(path)}
    apply(path, files, folders, stale, extra, owner)
    return {**result, "changed_at": changed_at(path)}


def apply(
    path: str,
    files: dict[str, Wanted],
    folders: list[tuple[str, int]],
    stale: list[str],
    extra: list[str],
    owner: Owner,
) -> None:
    for folder, mode in folders:
        os.makedirs(folder, exist_ok=True)
        os.chmod(folder, mode)
        os.chown(folder, *owner)
    for name in stale:
        write(os.path.join(path, name), files[name], owner)
    for name in extra:
        os.unlink(os.path.join(path, name))


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "path": {"type": "path", "required": True},
            "files": {"type": "dict", "default": {}},
            "secrets": {"type": "dict", "default": {}, "no_log": True},
            "secret_mode": {"type": "str", "default": "0400", "no_log": False},
            "owner": {"type": "int"},
            "group": {"type": "int"},
            "mode": {"type": "str", "default": "0640"},
            "directory_mode": {"type": "str", "default": "0750"},
            "data_directories": {"type": "list", "elements": "path", "default": []},
            "validate": {"type": "list", "elements": "str", "default": []},
            "validate_pattern": {"type": "str", "default": ""},
        },
        supports_check_mode=True,
    )
    try:
        result = run(module)
    except MlopsError as exc:
        module.fail_json(msg=str(exc), **exc.details)
    except OSError as exc:
        place = exc.filename or module.params["path"]
        module.fail_json(
            msg=f"{place}: {exc.strerror}. Make room, choose another, or become a user that may."
        )
    module.exit_json(**result)


if __name__ == "__main__":
    main()
