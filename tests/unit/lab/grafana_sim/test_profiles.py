# SPDX-License-Identifier: GPL-3.0-or-later
"""What differs between the profiles, and that the documentation says where each difference is from."""

from __future__ import annotations

import dataclasses
import pathlib
import typing as t

import pytest

from .running import Lab

from grafana_sim.profiles import PROFILES, Profile  # isort: skip
from grafana_sim.settings import SettingsError  # isort: skip

ROOT = pathlib.Path(__file__).parents[4]
BOARD = {"title": "T", "uid": "t-1"}


@pytest.fixture(params=PROFILES)
def profile(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def client(tmp_path: pathlib.Path, profile: str) -> t.Iterator[t.Any]:
    with Lab(tmp_path).start(MLOPS_LAB_GRAFANA=profile) as running:
        yield running


def post(client: t.Any, path: str, body: t.Any) -> t.Any:
    return client.post(path, json=body)


def save(client: t.Any, board: t.Any, **more: t.Any) -> t.Any:
    return post(client, "/api/dashboards/db", {"dashboard": board, **more})


def test_each_difference_has_its_source() -> None:
    text = (ROOT / "docs/support.md").read_text()
    for field in dataclasses.fields(Profile):
        assert f"| `{field.name}`" in text, field.name


def test_conflict(client: t.Any, profile: str) -> None:
    save(client, BOARD)
    answer = save(client, BOARD)
    expected = (409, None) if profile == "13.x-409" else (412, "version-mismatch")
    assert (answer.status_code, answer.json().get("status")) == expected


def test_titles(client: t.Any, profile: str) -> None:
    save(client, BOARD)
    taken = save(client, {"title": "T", "uid": "t-2"}).status_code
    assert taken == (412 if profile in ("10.1", "11.2") else 200)


def test_nested_folders(client: t.Any, profile: str) -> None:
    post(client, "/api/folders", {"uid": "a", "title": "A"})
    made = post(client, "/api/folders", {"uid": "b", "title": "B", "parentUid": "a"}).json()
    below = [folder["uid"] for folder in client.get("/api/folders?parentUid=a").json()]
    if profile == "10.1":
        assert ("parentUid" in made, below) == (False, ["a", "b"])
        assert post(client, "/api/folders/b/move", {"parentUid": "a"}).status_code == 404
    else:
        assert (made["parentUid"], below) == ("a", ["b"])
        assert client.get("/api/folders/b").json()["parents"][0]["uid"] == "a"


def test_the_toggle_nests_folders_in_10_1_too(tmp_path: pathlib.Path) -> None:
    with Lab(tmp_path).start(GF_FEATURE_TOGGLES_ENABLE="other, nestedFolders") as client:
        post(client, "/api/folders", {"uid": "a", "title": "A"})
        made = post(client, "/api/folders", {"uid": "b", "title": "B", "parentUid": "a"}).json()
        assert made["parentUid"] == "a"
        assert "feature_toggles" not in client.get("/").text.lower()


def test_answers_with_the_folder(client: t.Any, profile: str) -> None:
    assert ("folderUid" in save(client, BOARD).json()) is (profile != "10.1")
    assert ("uid" in client.delete("/api/dashboards/uid/t-1").json()) is (profile != "10.1")


def test_search_by_folder(client: t.Any, profile: str) -> None:
    post(client, "/api/folders", {"uid": "a", "title": "A"})
    save(client, BOARD)
    save(client, {"title": "In A", "uid": "in-a"}, folderUid="a")
    hits = client.get("/api/search?type=dash-db&folderUIDs=a").json()
    assert len(hits) == (2 if profile == "10.1" else 1)


def test_versions(client: t.Any, profile: str) -> None:
    save(client, BOARD, message="first")
    answer = client.get("/api/dashboards/uid/t-1/versions").json()
    assert isinstance(answer, dict) is profile.startswith("13")
    versions = answer["versions"] if isinstance(answer, dict) else answer
    assert [(entry["version"], entry["message"]) for entry in versions] == [(1, "first")]
    restored = post(client, "/api/dashboards/uid/t-1/restore", {"version": 1}).json()
    assert restored["version"] == 2
    assert post(client, "/api/dashboards/uid/t-1/restore", {"version": 9}).status_code == 404


def test_no_title(client: t.Any, profile: str) -> None:
    answer = save(client, {"uid": "t-1"})
    words = {
        "10.1": ("Dashboard title cannot be empty", None),
        "11.2": ("Dashboard title cannot be empty", None),
        "11.6": ("Dashboard title cannot be empty", "empty-name"),
        "12.4": ("Dashboard title cannot be empty", "empty-name"),
    }.get(profile, ("Dashboard spec is missing required title property", None))
    assert (answer.status_code, answer.json()["message"], answer.json().get("status")) == (
        400,
        *words,
    )


def test_datasources_by_number(client: t.Any, profile: str) -> None:
    made = post(client, "/api/datasources", {"name": "N", "type": "x", "uid": "n"}).json()
    status = client.get(f"/api/datasources/{made['id']}").status_code
    assert status == (404 if profile.startswith("13") else 200)


def test_versions_of_apis(client: t.Any, profile: str) -> None:
    answer = client.get("/apis/dashboard.grafana.app")
    names = [entry["version"] for entry in answer.json().get("versions", [])]
    expected = {
        "12.4": ["v1beta1", "v2beta1", "v0alpha1"],
        "13.0": ["v1", "v2", "v1beta1", "v2beta1", "v0alpha1"],
    }
    expected["13.x-409"] = expected["13.0"]
    assert names == expected.get(profile, [])


def test_health_says_the_version(client: t.Any, profile: str) -> None:
    assert client.get("/api/health").json()["version"] == PROFILES[profile].version


def test_an_unknown_profile_does_not_start(tmp_path: pathlib.Path) -> None:
    with pytest.raises(SettingsError, match=r"MLOPS_LAB_GRAFANA is '9.9', not one of 10.1, 11.2"):
        Lab(tmp_path).start(MLOPS_LAB_GRAFANA="9.9")
