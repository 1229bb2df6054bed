# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.mlops.infra.plugins.module_utils._nomad import hcl
from hypothesis import given
from hypothesis import strategies as st

NOISE = [
    '# variable "x1" {}',
    '// variable "x2" {}',
    '/* variable "x3" {\n} */',
    'job "j" {\n  variable "x4" {}\n  meta { variables = "variables { x5 = 1 }" }\n}',
    'locals {\n  a = "variable \\"x6\\" {}"\n  b = "${upper("}")} variable"\n}',
    'locals {\n  t = <<EOT\nvariable "x7" {\n}\nEOT\n}',
    'locals {\n  t = <<-EOT\n    } { "\n    variable "x8" {}\n    EOT\n}',
    'locals {\n  s = "$${" \n  u = "%%{" \n}',
    "",
]
NAMES = st.from_regex(r"[a-z_][a-z0-9_]{0,8}", fullmatch=True)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ('variable "a" {}', {"a"}),
        ('variable "a" {\n  type = map(object({ n = number }))\n  default = {}\n}', {"a"}),
        ("variable a {}\n", {"a"}),
        ("variables {\n  a = 1\n  b = { c = 2 }\n}", {"a", "b"}),
        ('variable\t"a"   {\n}\nvariable "b" {\n}', {"a", "b"}),
        (
            'variable "a" {\n validation {\n condition = var.a == "}"\n }\n}\nvariable "b" {}',
            {"a", "b"},
        ),
        ('job "x" {}', set()),
        ("", set()),
        ('variable "unfinished', set()),
        ("/* never closed variable", set()),
    ],
)
def test_declared(text: str, names: set[str]) -> None:
    assert hcl.declared_variables(text) == names


@given(
    st.lists(NAMES.filter(lambda n: not n.startswith("x")), unique=True, max_size=5),
    st.lists(st.sampled_from(NOISE), max_size=8),
    st.randoms(use_true_random=False),
)
def test_finds_exactly_what_is_declared(names: list[str], noise: list[str], order) -> None:  # type: ignore[no-untyped-def]
    parts = [f'variable "{name}" {{\n  default = {{}}\n}}' for name in names] + noise
    order.shuffle(parts)
    assert hcl.declared_variables("\n".join(parts)) == set(names)


@given(st.text(alphabet='"${}\\#/*<-EOT\n variable=', max_size=60))
def test_ends_on_any_text(text: str) -> None:
    assert hcl.declared_variables(text) is not None
