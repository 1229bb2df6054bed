# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What inventories made of a server's nodes share: which files are theirs, the cache, the groups."""

from __future__ import annotations

import typing as t

from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable
from ansible.utils.unsafe_proxy import wrap_var


class NodesInventory(BaseInventoryPlugin, Constructable, Cacheable):
    """A subclass has NAME, asks the server in C(parse), and hands over one host after the other."""

    def verify_file(self, path: str) -> bool:
        name = self.NAME.rsplit(".", 1)[-1]
        return super().verify_file(path) and path.endswith((f"{name}.yml", f"{name}.yaml"))

    def remembered(
        self, path: str, cache: bool, source: t.Sequence[t.Any], ask: t.Callable[[], t.Any]
    ) -> t.Any:
        """What C(ask) answers, or answered before; another C(source) leads to something else."""
        if not self.get_option("cache"):
            return ask()
        key = self.get_cache_key(path + repr(source))
        if not cache or key not in self._cache:
            self._cache[key] = ask()
        return self._cache[key]

    def write(self, host: str, told: dict[str, t.Any], groups: t.Iterable[str]) -> None:
        """One host with the variables C(told), in C(groups) and what the user's options add."""
        self.inventory.add_host(host)
        # What a server says is data, and no template though it may look like one.
        variables = wrap_var(told)
        for name, value in variables.items():
            self.inventory.set_variable(host, name, value)
        for group in groups:
            self.inventory.add_host(
                host, self.inventory.add_group(self._sanitize_group_name(group))
            )
        strict = self.get_option("strict")
        self._set_composite_vars(self.get_option("compose"), variables, host, strict=strict)
        for option, add in (
            ("groups", self._add_host_to_composed_groups),
            ("keyed_groups", self._add_host_to_keyed_groups),
        ):
            add(self.get_option(option), variables, host, strict=strict)
