# SPDX-License-Identifier: GPL-3.0-or-later
"""Plays a case against a server and keeps the answers, in the form of the transcripts."""

from __future__ import annotations

import dataclasses
import re
import time
import typing as t

import requests

from . import steps
from .steps import JSON, Case, Step

HEADERS = ("Content-Type", "X-Nomad-Index", "X-Nomad-Knownleader", "X-Nomad-Lastcontact")
# Metrics tell of each job on the server, and of those that ended a minute ago.
OTHERS = re.compile(r'[{,]job="(?!contract-metrics)')
# Nomad drops the content type of error texts where the client takes gzip.
PLAIN = {"Accept-Encoding": "identity"}
NOMAD, CONSUL = "X-Nomad-Token", "X-Consul-Token"


@dataclasses.dataclass(frozen=True)
class Door:
    """What lets a player in: the authority that the server's certificate is of, and tokens."""

    authority: str = ""
    token: str = ""
    consul: str = ""
    consul_token: str = ""


class Player:
    """One server, one case: C(values) and C(answers) feed the later requests."""

    def __init__(self, server: str, door: Door | None = None) -> None:
        self.server = server.rstrip("/")
        self.door = door or Door()
        self.values: dict[str, str] = {}
        self.answers: dict[str, JSON] = {}
        self.before: set[str] = set()

    def play(self, case: Case) -> list[dict[str, JSON]]:
        self.clean(case)
        self.remember(case)
        try:
            played = [(step, self.step(step)) for step in case.steps]
            return [answer for step, answer in played if not step.silent]
        finally:
            self.clean(case)

    def step(self, step: Step) -> dict[str, JSON]:
        response = self.until(step)
        answer = as_answer(response, step.metrics)
        if isinstance(answer.get("json"), list):
            answer["json"] = [x for x in answer["json"] if not self._old(x)]
        self.answers[step.name] = answer.get("json")
        if step.keep and "json" in answer:
            answer["json"] = steps.cut(answer["json"], step.keep)
        for name, path in step.capture.items():
            self.values[name] = str(steps.at(self.answers[step.name], path))
        request = {"method": step.method, "path": step.path, "body": steps.describe(step.body)}
        request.update({} if step.token is None else {"token": step.token})
        return {"step": step.name, "request": request, "response": answer}

    def until(self, step: Step) -> requests.Response:
        deadline = time.monotonic() + (step.until.seconds if step.until else 0)
        while True:
            response = self.send(step)
            if step.until is None or reached(response, step):
                return response
            if time.monotonic() > deadline:
                raise AssertionError(f"{step.name}: not {step.until} in time: {response.text}")
            time.sleep(0.2)

    def send(self, step: Step) -> requests.Response:
        path = steps.fill_path(step.path, self.values)
        body = steps.fill_body(step.body, self.answers)
        data = {"data": body.encode()} if isinstance(body, str) else {"json": body}
        if step.consul:
            return self.request(step.method, self.door.consul, path, CONSUL, self.door.consul_token)
        token = self.door.token if step.token is None else step.token.format(**self.values)
        return self.request(step.method, self.server, path, NOMAD, token, **data)

    def request(
        self, method: str, server: str, path: str, header: str, token: str, **data: t.Any
    ) -> requests.Response:
        headers = {**PLAIN, **({header: token} if token else {})}
        verify = self.door.authority or True
        return requests.request(
            method, server + path, headers=headers, verify=verify, timeout=90, **data
        )

    def ask(self, path: str, method: str = "GET", **values: str) -> JSON:
        """With the rights of the first token."""
        filled = steps.fill_path(path, values)
        answer = self.request(method, self.server, filled, NOMAD, self.door.token)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def remember(self, case: Case) -> None:
        """Evaluations outlive a purged job; those of earlier plays are not this one's."""
        for job in case.jobs:
            listed = self.ask("/v1/job/{id}/evaluations", id=job)
            self.before.update(e["ID"] for e in listed)

    def _old(self, row: JSON) -> bool:
        return isinstance(row, dict) and row.get("ID") in self.before

    def clean(self, case: Case) -> None:
        """Purge what the case registers, children of dispatches as well, and undo the rest."""
        if case.bare:
            return
        self.values.update(node=self.ask("/v1/nodes")[0]["ID"])
        for prefix in case.jobs:
            listed = self.ask("/v1/jobs?prefix={prefix}", prefix=prefix)
            for job in [j["ID"] for j in listed if _belongs(j["ID"], prefix)]:
                self.ask("/v1/job/{id}?purge=true", "DELETE", id=job)
        for token in self.ask("/v1/acl/tokens") if case.tokens else []:
            if token["Name"].startswith(case.tokens):
                self.ask("/v1/acl/token/{id}", "DELETE", id=token["AccessorID"])
        for step in case.undo:
            self.send(step)


def _belongs(job: str, prefix: str) -> bool:
    return job == prefix or job.startswith(prefix + "/")


def reached(response: requests.Response, step: Step) -> bool:
    if response.status_code != 200 or step.until is None:
        return False
    data = metric_names(response.text) if step.metrics else response.json()
    return steps.at(data, step.until.at) in step.until.values


def as_answer(response: requests.Response, metrics: bool) -> dict[str, JSON]:
    headers = {h: response.headers[h] for h in HEADERS if h in response.headers}
    answer: dict[str, JSON] = {"status": response.status_code, "headers": headers}
    if metrics:
        return {**answer, "json": metric_names(response.text)}
    try:
        if headers.get("Content-Type") == "application/json":
            return {**answer, "json": response.json()}
    except requests.exceptions.JSONDecodeError:
        pass  # Nomad labels some of its error texts as JSON
    return {**answer, "text": response.text}


def metric_names(text: str) -> dict[str, JSON]:
    """Each metric's type and label sets; the values belong to the moment."""
    found: dict[str, dict[str, t.Any]] = {}
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            name, kind = line.split()[2:4]
            found[name] = {"type": kind, "labels": []}
        elif line and not line.startswith("#") and not OTHERS.search(line):
            _add_labels(found, line)
    return found


def _add_labels(found: dict[str, dict[str, t.Any]], line: str) -> None:
    name = re.split(r"[{ ]", line, maxsplit=1)[0]
    family = name if name in found else re.sub(r"_(sum|count)$", "", name)
    labels = sorted(set(re.findall(r'[{,](\w+)="', line)) - {"quantile"})
    known = found[family]["labels"]
    if labels not in known:
        known.append(labels)
        known.sort()
