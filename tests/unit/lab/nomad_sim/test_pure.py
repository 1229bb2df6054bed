# SPDX-License-Identifier: GPL-3.0-or-later
"""The parts of nomad_sim that decide and need neither Docker nor Consul."""

from __future__ import annotations

import base64
import pathlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nomad_sim import __main__, canonical, diff, durations, jobspec, records, reschedule, taskenv
from nomad_sim.alloc_dir import AllocDir, LogWriter
from nomad_sim.config import ConfigError, load
from nomad_sim.errors import ApiError, NotSimulated
from nomad_sim.faults import Fault
from nomad_sim.jobs import enforce
from nomad_sim.placement import examine, has_volumes
from nomad_sim.reconcile import reconcile
from nomad_sim.snappy import compressed
from nomad_sim.store import Store
from nomad_sim.task_runner import volume_binds

SPEC = """
job "a" {
  type = "%s"
  group "g" {
    count = 2
    %s
    task "t" {
      driver = "docker"
      config {
        image = "i:1"
      }
    }
  }
}
"""


def stored(kind: str = "service", group: str = "", **changes: object) -> dict:
    job = canonical.stored(jobspec.parse(SPEC % (kind, group), ""))
    return {**job, "CreateIndex": 1, **changes}


def deployment(job: dict, status: str = "running", **group: object) -> dict:
    made = records.deployment(job, 1, {})
    made.update(Status=status)
    made["TaskGroups"]["g"].update(group)
    return made


def alloc(job: dict, number: int, status: str = "running", **more: object) -> dict:
    return {
        **more,
        "ID": f"{number}",
        "Name": f"a.g[{number}]",
        "TaskGroup": "g",
        "Job": job,
        "ClientStatus": status,
        "DesiredStatus": "run",
        "CreateIndex": 1,
    }


@given(st.integers(min_value=0, max_value=10**15))
def test_a_duration_survives_being_shown(nanoseconds: int) -> None:
    assert durations.parse_duration(durations.show_duration(nanoseconds)) == nanoseconds


@pytest.mark.parametrize(
    ("text", "nanoseconds"),
    [("5m0s", 300 * 10**9), ("1h0m0s", 3600 * 10**9), ("1.5s", 1_500_000_000), ("0s", 0)],
)
def test_durations_look_as_in_go(text: str, nanoseconds: int) -> None:
    assert durations.show_duration(nanoseconds) == text


@pytest.mark.parametrize("text", ["", "5", "soon", "5x", "s"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="duration"):
        durations.parse_duration(text)


@pytest.mark.parametrize("block", ["affinity", "vault", "scaling"])
def test_a_block_beyond_the_simulator_is_named(block: str) -> None:
    with pytest.raises(NotSimulated, match=f"not simulated: {block}"):
        jobspec.parse(SPEC % ("service", f"{block} {{\n}}"), "")


def test_unchanged_jobs_do_not_differ() -> None:
    assert diff.job(stored(), stored())["Type"] == "None"


def test_a_running_allocation_of_the_same_version_stays() -> None:
    job = stored()
    plan = reconcile(job, [alloc(job, 0), alloc(job, 1)])["g"]
    assert [len(plan.ignore), plan.place, plan.stop] == [2, [], []]


def test_what_is_missing_is_placed_under_the_free_number() -> None:
    job = stored()
    assert reconcile(job, [alloc(job, 1)])["g"].place == [0]


def test_a_finished_batch_job_is_not_run_again() -> None:
    job = stored("batch")
    plan = reconcile(job, [alloc(job, 0, "complete"), alloc(job, 1, "failed")])["g"]
    assert (plan.place, len(plan.ignore)) == ([], 2)


def test_a_service_that_ended_is_placed_again() -> None:
    job = stored()
    assert reconcile(job, [alloc(job, 0, "complete"), alloc(job, 1)])["g"].place == [0]


def test_changes_of_a_service_roll() -> None:
    old, new = stored(), stored(Version=1, Meta={"a": "b"})
    plan = reconcile(new, [alloc(old, 0), alloc(old, 1)])["g"]
    assert (len(plan.destructive), len(plan.ignore)) == (1, 1)
    begun = deployment(new)
    found = [alloc(old, 0), alloc(new, 1, DeploymentID=begun["ID"])]
    assert reconcile(new, found, begun)["g"].destructive == []


def test_a_stopped_job_stops_all() -> None:
    job = stored()
    assert len(reconcile({**job, "Stop": True}, [alloc(job, 0)])["g"].stop) == 1


@pytest.mark.parametrize(
    ("kind", "delays"),
    [("constant", [5, 5, 5]), ("exponential", [5, 10, 20]), ("fibonacci", [5, 5, 10])],
)
def test_reschedule_delays_grow_as_said(kind: str, delays: list[int]) -> None:
    policy = {"Delay": 5, "DelayFunction": kind, "MaxDelay": 0}
    assert [reschedule.delay(policy, n) for n in range(3)] == delays


@pytest.mark.parametrize(
    ("index", "old", "text"),
    [
        (0, {"JobModifyIndex": 7}, "job already exists"),
        (3, None, "job does not exist"),
        (3, {"JobModifyIndex": 7}, "conflicting job modify index: 7"),
    ],
)
def test_an_enforced_index_has_to_fit(index: int, old: dict | None, text: str) -> None:
    with pytest.raises(ApiError, match=text):
        enforce(index, old)


def test_placement_needs_the_datacenter() -> None:
    node = {"Status": "ready", "SchedulingEligibility": "eligible", "NodePool": "default",
            "Datacenter": "mars"}  # fmt: skip
    job = stored(Datacenters=["dc1"])
    assert not examine(job, job["TaskGroups"][0], node, []).fits


def test_references_are_replaced_and_unknown_ones_kept() -> None:
    node = {"Attributes": {"kernel.name": "linux"}, "Meta": {}, "ID": "i", "Name": "n"}
    text = '${NOMAD_X} ${attr.kernel.name} ${env["NOMAD_X"]} ${nope}'
    assert taskenv.interpolate(text, {"NOMAD_X": "1"}, node | {"Datacenter": "", "NodeClass": "",
                               "NodePool": ""}) == "1 linux 1 ${nope}"  # fmt: skip


def test_logs_rotate_and_old_files_go(tmp_path: pathlib.Path) -> None:
    directory = AllocDir(tmp_path, "a")
    directory.build("t")
    writer = LogWriter(directory, "t", "stdout", {"MaxFileSizeMB": 1, "MaxFiles": 2})
    for letter in b"abc":
        writer.append(bytes([letter]) * 1024 * 1024)
    assert [p.name for p in directory.files("t", "stdout")] == ["t.stdout.1", "t.stdout.2"]
    assert set(directory.read("t", "stdout")) == set(b"bc")


def test_a_payload_stays_in_its_task_directory(tmp_path: pathlib.Path) -> None:
    directory = AllocDir(tmp_path, "a")
    directory.build("t")
    with pytest.raises(ValueError, match="outside"):
        directory.write_payload("t", "../../x", base64.b64encode(b"x").decode())


@given(st.binary(min_size=1, max_size=500))
def test_a_payload_as_snappy_literals_is_read_back(payload: bytes) -> None:
    raw = base64.b64decode(compressed(base64.b64encode(payload).decode()) or "")
    at, length = (1, raw[0]) if raw[0] < 128 else (2, raw[0] & 127 | raw[1] << 7)
    found = b""
    while at < len(raw):
        size = (raw[at] >> 2) + 1
        found += raw[at + 1 : at + 1 + size]
        at += 1 + size
    assert (found, length) == (payload, len(payload))


def test_the_state_survives(tmp_path: pathlib.Path) -> None:
    store = Store(tmp_path / "state.json")
    with store.write("jobs"):
        store.jobs["a"] = {"ID": "a"}
    again = Store(tmp_path / "state.json")
    again.load()
    assert (again.jobs, again.index) == ({"a": {"ID": "a"}}, 1)


def test_a_blocking_query_ends_with_its_time(tmp_path: pathlib.Path) -> None:
    store = Store(tmp_path / "state.json")
    assert store.blocking(lambda: ("answer", 1), 5, 0.05) == ("answer", 1)


CONFIG = 'data_dir = "/x"\nclient {\n  enabled = true\n  options { "a.b" = "c" }\n}\n'


def test_an_agents_file_may_quote_its_keys(tmp_path: pathlib.Path) -> None:
    (tmp_path / "nomad.hcl").write_text(CONFIG)
    assert load([str(tmp_path)]).block("client", "options") == {"a.b": "c"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (CONFIG + "nope = 1\n", "invalid config key: nope"),
        ('data_dir = "/x"\n', "either server, client"),
        (CONFIG.replace('"/x"', '"x"'), "absolute path"),
        ("client {", "Invalid HCL"),
        (
            CONFIG.replace("options", 'host_volume "a" {\n  }\n  options'),
            "Missing path in host_volume",
        ),
    ],
)
def test_a_wrong_configuration_is_refused(tmp_path: pathlib.Path, text: str, message: str) -> None:
    (tmp_path / "nomad.hcl").write_text(text)
    with pytest.raises(ConfigError, match=message):
        load([str(tmp_path)])
    assert __main__.main(["config", "validate", str(tmp_path)]) == 1


def test_an_agent_does_not_start_without_the_directory_of_a_volume(
    tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    volume = f'enabled = true\n  host_volume "a" {{\n    path = "{tmp_path}/gone"\n  }}'
    (tmp_path / "nomad.hcl").write_text(CONFIG.replace("enabled = true", volume))
    assert __main__.main(["config", "validate", str(tmp_path)]) == 0
    assert __main__.main(["agent", f"-config={tmp_path}"]) == 1
    assert f"failed to validate volume a, err: stat {tmp_path}/gone" in capsys.readouterr().err


VOLUME = 'volume "v" {\n  type = "host"\n  source = "s"\n  read_only = %s\n}'


@pytest.mark.parametrize(
    ("offered", "asked", "fits"),
    [
        ({"ReadOnly": False}, "false", True),
        ({"ReadOnly": False}, "true", True),
        ({"ReadOnly": True}, "true", True),
        ({"ReadOnly": True}, "false", False),
        (None, "true", False),
    ],
)
def test_placement_needs_the_volumes(offered: dict | None, asked: str, fits: bool) -> None:
    job = stored("batch", VOLUME % asked)
    node = {"HostVolumes": {"s": offered} if offered else None}
    assert has_volumes(job["TaskGroups"][0], node) is fits


@pytest.mark.parametrize("closed", ["volume", "request", "mount"])
def test_a_mount_is_read_only_where_anything_says_so(closed: str) -> None:
    job = stored("batch", VOLUME % str(closed == "request").lower())
    task = {"VolumeMounts": [{"Volume": "v", "Destination": "/d", "ReadOnly": closed == "mount",
                              "PropagationMode": "private"}]}  # fmt: skip
    node = {"HostVolumes": {"s": {"Path": "/p", "ReadOnly": closed == "volume"}}}
    assert volume_binds(alloc(job, 0), task, node) == ["/p:/d:ro,rprivate"]


def test_the_version_says_what_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert __main__.main(["version"]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert (first, "simulator" in second) == ("Nomad v1.6.10", True)


@pytest.mark.parametrize("data", [{"kind": "fire"}, {"kind": "500", "path": "("}, {"nope": 1}])
def test_a_wrong_fault_is_refused(data: dict) -> None:
    with pytest.raises(ApiError):
        Fault.of(data)
