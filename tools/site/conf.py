# SPDX-License-Identifier: GPL-3.0-or-later
"""Sphinx's settings for the reference site."""

from __future__ import annotations

import re
import typing as t

from docutils import nodes

if t.TYPE_CHECKING:
    from sphinx.addnodes import pending_xref
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

project = "mlops.infra"
copyright = "mlops.infra contributors"
title = html_short_title = "mlops.infra reference"

extensions = ["sphinx_antsibull_ext"]
pygments_style = "ansible"
highlight_language = "YAML+Jinja"
default_role = "any"
nitpicky = True

html_theme = "sphinx_ansible_theme"
html_theme_options = {
    "documentation_home_url": "index.html",
    "topbar_links": {"Source": "https://github.com/mlops-infra/mlops.infra"},
}
html_use_modindex = html_use_index = html_copy_source = html_show_sphinx = False

ANSIBLE = "https://docs.ansible.com/projects/ansible/latest"
PLUGIN = re.compile(r"ansible_collections\.(?!mlops\.infra\.)(\w+)\.(\w+)\.(\w+?_[a-z]+)(?:__.*)?")
LABELS = {
    "common_return_values": "reference_appendices/common_return_values.html",
    "ansible_configuration_settings": "reference_appendices/config.html",
}


def page_of(kind: str, target: str) -> str | None:
    """Where Ansible documents something that is not ours; None for what nobody does.

    Sphinx would ask the index of that site for it, and warn of each link where the site is not reached.
    That the plugins exist is what `antsibull-docs lint-collection-docs` looks after.
    """
    if kind == "envvar" and target.startswith("ANSIBLE_"):
        return f"{ANSIBLE}/reference_appendices/config.html#envvar-{target}"
    if kind == "ref" and (plugin := PLUGIN.fullmatch(target)):
        return f"{ANSIBLE}/collections/{'/'.join(plugin.groups())}.html"
    if kind == "ref" and target in LABELS:
        return f"{ANSIBLE}/{LABELS[target]}"
    return None


def elsewhere(
    app: Sphinx, env: BuildEnvironment, node: pending_xref, text: nodes.TextElement
) -> nodes.reference | None:
    page = page_of(node["reftype"], node["reftarget"])
    return nodes.reference("", "", text, refuri=page, internal=False) if page else None


def setup(app: Sphinx) -> None:
    app.connect("missing-reference", elsewhere)
