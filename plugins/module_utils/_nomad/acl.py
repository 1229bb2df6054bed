# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The endpoints of ACL policies and tokens. C(transport) alone speaks HTTP."""

from __future__ import annotations

from .._errors import ApiError
from .filters import quoted
from .transport import Json, Transport


class AclClient(Transport):
    """One method an endpoint: C(find_…) gives None for a missing thing, all else raises ApiError."""

    # Policies. A write says all of a policy, so that it may be sent again.

    def find_policy(self, name: str) -> Json | None:
        return self._found("acl", "policy", name)

    def write_policy(self, policy: Json) -> None:
        self._safe("put", "acl", "policy", str(policy["Name"]), json=policy)

    def delete_policy(self, name: str) -> None:
        """That there is none is no error for Nomad either."""
        self._safe("delete", "acl", "policy", name)

    def policies(self) -> list[Json]:
        """All that the token may see, without their rules."""
        return self._rows(self._safe("get", "acl", "policies"), "Name")

    # Tokens

    def tokens_named(self, name: str) -> list[Json]:
        """In short, without their secrets; expired ones are among them until Nomad collects them."""
        params = {"filter": f"Name == {quoted(name)}"}
        return self._rows(self._safe("get", "acl", "tokens", params=params), "AccessorID")

    def find_token(self, accessor_id: str) -> Json | None:
        """The whole token, with its secret."""
        return self._found("acl", "token", accessor_id)

    def create_token(self, token: Json) -> Json:
        """Sent once: each time it arrives, Nomad makes another token of the same name."""
        return self._json(self._once("put", "acl", "token", json=token))

    def write_token(self, token: Json) -> Json:
        return self._json(self._safe("put", "acl", "token", str(token["AccessorID"]), json=token))

    def delete_token(self, accessor_id: str) -> None:
        self._safe("delete", "acl", "token", accessor_id)

    # The first token

    def find_holder(self, secret: str) -> Json | None:
        """The token that has this secret; from here on all requests are its own."""
        self._requester.token = secret
        try:
            return self._found("acl", "token", "self")
        except ApiError as error:
            if error.status == 403:  # what newer servers say of a secret that they do not know
                return None
            raise

    def bootstrap(self, secret: str) -> None:
        """Sent once, and without the secret as its token, which is none yet."""
        self._requester.token = None
        self._once("put", "acl", "bootstrap", json={"BootstrapSecret": secret})
