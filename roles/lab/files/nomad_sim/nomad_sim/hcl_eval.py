# SPDX-License-Identifier: GPL-3.0-or-later
"""The value of an HCL2 expression. What only a client knows (${NOMAD_*}, ${attr.*}) stays text."""

from __future__ import annotations

import json
import operator
import re
import textwrap
import typing as t

from hcl2.parser import parser
from lark import Token, Tree

from .errors import NotSimulated, SpecError
from .hcl_tree import span_of, tokens, unescape
from .shapes import words

Value = t.Any
ROOTS = ("var", "local")
RUNTIME = ("attr", "node", "meta", "env", "device")
FILESYSTEM = ("file", "fileexists", "fileset", "filebase64", "templatefile", "abspath")
OPERATORS: dict[str, t.Callable[[t.Any, t.Any], t.Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "%": operator.mod,
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
    "&&": lambda a, b: a and b,
    "||": lambda a, b: a or b,
}


class Unset:
    """A variable without a value: an error only once it is used."""


class Evaluator:
    def __init__(self, source: str, scope: t.Mapping[str, t.Mapping[str, Value]]) -> None:
        self.source = source
        self.scope = scope

    def value(self, node: Tree | Token) -> Value:
        method = getattr(self, f"_{node.data}" if isinstance(node, Tree) else "_token", None)
        if method is None:
            raise NotSimulated(f"HCL expression {getattr(node, 'data', node)}")
        return method(node)

    def _expr_term(self, node: Tree) -> Value:
        inner = [
            x for x in node.children if isinstance(x, Tree) and x.data != "new_line_or_comment"
        ]
        return self.value(inner[0])

    def _int_lit(self, node: Tree) -> Value:
        return int("".join(tokens(node)))

    def _float_lit(self, node: Tree) -> Value:
        return float("".join(tokens(node)))

    def _literal_value(self, node: Tree) -> Value:
        return {"true": True, "false": False, "null": None}[str(tokens(node)[0])]

    def _string(self, node: Tree) -> Value:
        parts = [p.children[0] for p in node.children if isinstance(p, Tree)]
        return "".join(self._part(p) for p in parts)

    def _part(self, part: Tree | Token) -> str:
        if isinstance(part, Token):
            if part.type in ("ESCAPED_INTERPOLATION", "ESCAPED_DIRECTIVE"):
                return str(part)[1:]
            return unescape(str(part))
        if part.data != "interpolation":
            raise NotSimulated("HCL template directives")
        inner = next(x for x in part.children if isinstance(x, Tree))
        if self._is_runtime(inner):
            span = span_of(part)
            return self.source[span.start : span.end]
        value = self.value(inner)
        if value is None:
            raise SpecError(
                f"{span_of(inner)}: Invalid template interpolation value; The expression result "
                "is null. Cannot include a null value in a string template."
            )
        return text(value)

    def _is_runtime(self, node: Tree) -> bool:
        """A reference that neither variables nor locals can answer stays in the text."""
        first = tokens(node)[0]
        names = [x for x in tokens(node) if x.type == "NAME"]
        called = bool(list(node.find_data("function_call")))
        return bool(names) and names[0] is first and not called and str(first) not in ROOTS

    def _heredoc_template(self, node: Tree) -> Value:
        body = "\n".join(str(tokens(node)[0]).rstrip("\n").split("\n")[1:-1]) + "\n"
        return self.template(body)

    def _heredoc_template_trim(self, node: Tree) -> Value:
        body = "\n".join(str(tokens(node)[0]).rstrip("\n").split("\n")[1:-1]) + "\n"
        return self.template(textwrap.dedent(body))

    def template(self, body: str) -> str:
        """A text with ${} in it that is not between quotes: a heredoc, or a string of JSON."""
        quoted = body.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t")
        quoted = re.sub(r"\$\{[^}]*\}|\"", lambda m: m[0] if m[0] != '"' else '\\"', quoted)
        source = f'x = "{quoted}"\n'
        tree = parser().parse(source)
        attribute = next(tree.find_data("attribute"))
        return Evaluator(source, self.scope).value(attribute.children[-1])

    def _tuple(self, node: Tree) -> Value:
        inner = [x for x in node.children if isinstance(x, Tree)]
        return [self.value(x) for x in inner if x.data != "new_line_or_comment"]

    def _object(self, node: Tree) -> Value:
        pairs = [x for x in node.children if isinstance(x, Tree) and x.data == "object_elem"]
        return {self._key(p.children[0]): self.value(p.children[-1]) for p in pairs}

    def _key(self, node: Tree) -> str:
        names = tokens(node)
        if len(names) == 1:
            return str(names[0])
        return text(self.value(next(x for x in node.children if isinstance(x, Tree))))

    def _identifier(self, node: Tree) -> Value:
        name = str(tokens(node)[0])
        raise SpecError(
            f"{span_of(node)}: Unknown variable; There is no variable named {json.dumps(name)}."
        )

    def _get_attr_expr_term(self, node: Tree) -> Value:
        base, attribute = node.children
        name = str(tokens(attribute)[-1])
        root = str(tokens(base)[0])
        holder = self.scope[root] if len(tokens(base)) == 1 and root in ROOTS else self.value(base)
        if not isinstance(holder, t.Mapping) or name not in holder:
            raise SpecError(
                f"{span_of(attribute)}: Unsupported attribute; This object does not have an "
                f'attribute named "{name}".',
                str(span_of(node)),
            )
        if isinstance(holder[name], Unset):
            raise SpecError(unset(name))
        return holder[name]

    def _index_expr_term(self, node: Tree) -> Value:
        base, index = node.children
        inner = [x for x in index.children if isinstance(x, Tree)]
        key = self.value(inner[0]) if inner else int(tokens(index)[-1])
        return self.value(base)[key]

    def _conditional(self, node: Tree) -> Value:
        parts = [x for x in node.children if isinstance(x, Tree)]
        condition, yes, no = (x for x in parts if x.data != "new_line_or_comment")
        return self.value(yes) if self.value(condition) else self.value(no)

    def _binary_op(self, node: Tree) -> Value:
        left, term = (x for x in node.children[:2] if isinstance(x, Tree))
        parts = [x for x in term.children if isinstance(x, Tree)]
        sign = str(tokens(parts[0])[0]).strip()
        result = OPERATORS[sign](self.value(left), self.value(parts[-1]))
        return int(result) if isinstance(result, float) and result.is_integer() else result

    def _unary_op(self, node: Tree) -> Value:
        value = self.value(node.children[-1])
        return -value if str(node.children[0]) == "-" else not value

    def _function_call(self, node: Tree) -> Value:
        name = tokens(node.children[0])[0]
        span, line = span_of(name), f"{name.line},{name.column}"
        if name in FILESYSTEM:
            raise SpecError(
                f"input.hcl:{line}-{span.end_column + 1}: Error in function call; Call to function "
                f'"{name}" failed: filesystem function disabled.',
                f"input.hcl:{line}-{span.end_column + 1}",
            )
        if name not in FUNCTIONS:
            if str(name) in KNOWN_FUNCTIONS:
                raise NotSimulated(f"HCL function {name}")
            raise SpecError(
                f'{span}: Call to unknown function; There is no function named "{name}".',
                f"input.hcl:{line}-{span.end_column + 1}",
            )
        found = [x for x in node.children if isinstance(x, Tree) and x.data == "arguments"]
        given = [x for x in found[0].children if isinstance(x, Tree)] if found else []
        values = [self.value(x) for x in given if x.data != "new_line_or_comment"]
        return FUNCTIONS[str(name)](*values)


KNOWN_FUNCTIONS = frozenset(
    words(
        "abs base64decode base64encode bcrypt ceil chomp chunklist cidrhost cidrnetmask cidrsubnet "
        "coalesce coalescelist compact contains convert csvdecode distinct element flatten floor "
        "format formatdate formatlist indent index jsondecode keys log lookup max md5 min parseint "
        "pathexpand pow range regex regex_replace replace reverse rsadecrypt setintersection "
        "setproduct setunion sha1 sha256 sha512 signum slice sort split strlen strrev substr "
        "timeadd title trim trimprefix trimspace trimsuffix try upper urlencode uuidv4 uuidv5 "
        "values yamldecode yamlencode zipmap can timestamp tobool tolist tomap toset"
    )
)


def unset(name: str) -> str:
    return (
        f'<nil>: Unset variable "{name}"; A used variable must be set or have a default value; see '
        "https://www.nomadproject.io/docs/job-specification/hcl2/variables for details."
    )


def text(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:g}"
    return str(value)


def number(value: Value) -> Value:
    if isinstance(value, str):
        return float(value) if re.search(r"[.eE]", value) else int(value)
    return value


FUNCTIONS: dict[str, t.Callable[..., Value]] = {
    "upper": lambda s: text(s).upper(),
    "lower": lambda s: text(s).lower(),
    "length": len,
    "join": lambda sep, items: sep.join(text(x) for x in items),
    "concat": lambda *lists: [x for one in lists for x in one],
    "merge": lambda *maps: {k: v for one in maps for k, v in one.items()},
    "jsonencode": lambda v: json.dumps(v, separators=(",", ":"), sort_keys=True),
    "tostring": text,
    "tonumber": number,
}
