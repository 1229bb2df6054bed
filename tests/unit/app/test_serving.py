# SPDX-License-Identifier: GPL-3.0-or-later
"""serve.py as a process: predictions, refusals, which model it takes, its end."""

from __future__ import annotations

import hashlib
import http.client
import io
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import typing as t
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from trainer import arrays, digits
from trainer.instances import MOST_BYTES, MOST_INSTANCES, BadRequestError, pixels
from trainer.log import Log
from trainer.models import Store
from trainer.network import Network
from trainer.run import Run
from trainer.stop import Stop

APP = Path(digits.__file__).parents[1]
BLANK = [0] * 64

Json = dict[str, t.Any]


def train(artifacts: Path, run_id: str, **parameters: str) -> Json:
    """A run that leaves a model; its summary."""
    given = {"epochs": "2", "linger_seconds": "0", **parameters}
    meta = {f"NOMAD_META_{name}": value for name, value in given.items()}
    env = {"MLOPS_ARTIFACTS_DIR": str(artifacts), "MLOPS_METRICS_PORT": "0", **meta}
    assert Run(run_id, env, None, Log(run_id, io.StringIO()), Stop()).live() == 0
    return t.cast(Json, json.loads((artifacts / "runs" / run_id / "summary.json").read_text()))


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Artifacts of three runs; the last is c."""
    artifacts = tmp_path_factory.mktemp("trained")
    for number, run_id in enumerate("abc"):
        train(artifacts, run_id, seed=str(number), epochs="20")
    return artifacts


@pytest.fixture
def artifacts(trained: Path, tmp_path: Path) -> Path:
    """The same, to be damaged."""
    shutil.copytree(trained, tmp_path / "artifacts")
    return tmp_path / "artifacts"


class Server:
    """A running serve.py."""

    def __init__(self, artifacts: Path, **env: str) -> None:
        quick = {"MLOPS_SERVING_PORT": "0", "MLOPS_MODEL_POLL_SECONDS": "0.1"}
        place = {"MLOPS_ARTIFACTS_DIR": str(artifacts), "PATH": os.environ["PATH"]}
        self.process = subprocess.Popen(
            [sys.executable, str(APP / "serve.py")],
            env={**quick, **place, **env},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.port = 0

    def wait_for(self, event: str) -> Json:
        timer = threading.Timer(120, self.process.kill)
        timer.start()
        try:
            assert self.process.stdout
            for text in self.process.stdout:
                line = json.loads(text)
                self.port = line.get("port", self.port)
                if line["event"] == event:
                    return t.cast(Json, line)
        finally:
            timer.cancel()
        raise AssertionError(f"no {event}")

    def ask(self, method: str, path: str, body: bytes | None = None) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(method, path, body)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def predict(self, value: object) -> tuple[int, Json]:
        body = value if isinstance(value, bytes) else json.dumps(value).encode()
        code, text = self.ask("POST", "/predict", body)
        return code, json.loads(text)

    def end(self) -> tuple[int, str, str]:
        stdout, stderr = self.process.communicate(timeout=120)
        return self.process.returncode, stdout, stderr


Start = t.Callable[..., Server]


@pytest.fixture
def serve() -> Iterator[Start]:
    started: list[Server] = []

    def start(artifacts: Path, **env: str) -> Server:
        started.append(Server(artifacts, **env))
        return started[-1]

    yield start
    for one in started:
        one.process.kill()
        one.process.communicate()


def numbers(text: str) -> dict[str, float]:
    pairs = (line.rsplit(" ", 1) for line in text.splitlines() if line.startswith("ml_serving_"))
    return {name: float(value) for name, value in pairs}


def summary(artifacts: Path, run_id: str) -> Json:
    return t.cast(Json, json.loads((artifacts / "runs" / run_id / "summary.json").read_text()))


def test_it_predicts_what_the_model_predicts(serve: Start, trained: Path) -> None:
    server = serve(trained)
    assert server.wait_for("model")["model"]["run_id"] == "c"
    everything = digits.load()
    code, answer = server.predict({"instances": (everything.pixels[:1000] * 16).tolist()})
    told = summary(trained, "c")
    assert code == 200
    assert answer["model"] == {"run_id": "c", "sha256": told["model_sha256"]}
    network = Network.of(arrays.unpack((trained / "runs" / "c" / "model.npz").read_bytes()))
    assert answer["predictions"] == network.predict(everything.pixels[:1000]).tolist()
    assert np.mean(np.array(answer["predictions"]) == everything.digits[:1000]) > 0.95


def test_health_and_metrics(serve: Start, trained: Path) -> None:
    server = serve(trained)
    server.wait_for("model")
    assert server.predict({"instances": [BLANK, BLANK]})[0] == 200
    assert server.predict({"instances": []})[0] == 400
    code, text = server.ask("GET", "/healthz")
    model = {"run_id": "c", "sha256": summary(trained, "c")["model_sha256"]}
    assert (code, json.loads(text)) == (200, {"status": "ok", "model": model})
    code, text = server.ask("GET", "/metrics")
    assert code == 200
    seen = numbers(text)
    assert seen['ml_serving_requests_total{code="200"}'] == 1
    assert seen['ml_serving_requests_total{code="400"}'] == 1
    assert seen["ml_serving_request_seconds_count"] == 2
    assert seen["ml_serving_predictions_total"] == 2
    assert seen[f'ml_serving_model_info{{model_run_id="c",sha256="{model["sha256"]}"}}'] == 1
    assert abs(time.time() - seen["ml_serving_model_loaded_timestamp_seconds"]) < 30


def test_bad_requests_get_a_sentence_and_the_server_goes_on(serve: Start, trained: Path) -> None:
    server = serve(trained)
    server.wait_for("model")
    for value, sentence in (
        (b"", "The body is no JSON."),
        (b"\xff\xfe", "The body is no JSON."),
        ([BLANK], 'The body has to be an object with "instances" and nothing else.'),
        ({"instances": [[0] * 63]}, "Instance 0 has to be a list of 64 numbers."),
    ):
        assert server.predict(value) == (400, {"error": sentence})
    assert server.ask("GET", "/predict")[0] == 405
    assert server.ask("GET", "/other")[0] == server.ask("POST", "/other", b"{}")[0] == 404
    code, answer = server.predict(b" " * (MOST_BYTES + 1))
    assert (code, answer["error"]) == (413, f"The body may have {MOST_BYTES} bytes, and no more.")
    with socket.create_connection(("127.0.0.1", server.port)) as raw:
        raw.sendall(b"POST /predict HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n")
        assert raw.recv(100).startswith(b"HTTP/1.0 411 ")
    with socket.create_connection(("127.0.0.1", server.port)) as raw:
        raw.sendall(b"POST /predict HTTP/1.1\r\nContent-Length: 50\r\n\r\nhalf")  # and goes away
    assert server.predict({"instances": [BLANK]})[0] == 200
    server.process.terminate()
    code, stdout, stderr = server.end()
    assert (code, stderr) == (0, "")
    assert "Traceback" not in stdout


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"{", "no JSON"),
        (b"[" * 100000, "no JSON"),
        (b'{"instances": [' + b"9" * 5000 + b"]}", "no JSON"),
        (b"null", "an object"),
        (b'{"instances": [], "more": 1}', "nothing else"),
        (b'{"instances": {}}', "a list of 1 to 1000 images"),
        (json.dumps({"instances": [BLANK] * (MOST_INSTANCES + 1)}).encode(), "a list of 1 to 1000"),
        (json.dumps({"instances": [BLANK, [0] * 65]}).encode(), "Instance 1 has to be a list of"),
        (json.dumps({"instances": [BLANK, "x" * 64]}).encode(), "Instance 1 has to be a list of"),
        *(
            (b'{"instances": [[' + value + b", 0" * 63 + b"]]}", "64 numbers from 0 to 16, row by")
            for value in (b"17", b"-0.1", b"NaN", b"Infinity", b"true", b"null", b'"1"', b"9" * 400)
        ),
    ],
)
def test_what_is_no_image_is_refused(body: bytes, sentence: str) -> None:
    with pytest.raises(BadRequestError) as caught:
        pixels(body)
    assert sentence in str(caught.value)
    assert len(str(caught.value)) < 120


def test_an_image_has_the_pixels_of_the_data() -> None:
    first = (digits.load().pixels[:2] * 16).tolist()
    np.testing.assert_array_equal(
        pixels(json.dumps({"instances": first}).encode()), digits.load().pixels[:2]
    )


def test_a_run_can_be_chosen(serve: Start, trained: Path) -> None:
    server = serve(trained, MLOPS_MODEL="a")
    server.wait_for("model")
    assert server.predict({"instances": [BLANK]})[1]["model"]["run_id"] == "a"


@pytest.mark.parametrize(
    ("env", "code", "sentence"),
    [
        ({"MLOPS_MODEL": "none"}, 3, "There is no run none that is done in"),
        ({"MLOPS_MODEL": "../x"}, 3, "There is no run ../x that is done in"),
        ({"MLOPS_MODEL": "b"}, 3, "is damaged: its SHA-256 is not the one in its summary."),
        ({"MLOPS_SERVING_PORT": "x"}, 2, "MLOPS_SERVING_PORT = 'x' from the environment"),
        ({"MLOPS_MODEL_POLL_SECONDS": "0"}, 2, "MLOPS_MODEL_POLL_SECONDS = '0' from the"),
        ({"MLOPS_MODEL_POLL_SECONDS": "nan"}, 2, "MLOPS_MODEL_POLL_SECONDS = 'nan' from the"),
        ({"MLOPS_ARTIFACTS_DIR": ""}, 2, "MLOPS_ARTIFACTS_DIR has to be the directory that"),
        ({"MLOPS_SERVING_HOST": "192.0.2.1"}, 1, "MLOPS_SERVING_HOST and MLOPS_SERVING_PORT."),
    ],
)
def test_what_cannot_be_served_is_said(
    serve: Start, artifacts: Path, env: dict[str, str], code: int, sentence: str
) -> None:
    model = artifacts / "runs" / "b" / "model.npz"
    model.write_bytes(model.read_bytes()[:-1])
    ended, stdout, stderr = serve(artifacts, **env).end()
    assert (ended, stderr) == (code, "")
    (line,) = map(json.loads, stdout.splitlines())
    assert (line["event"], line["level"]) == ("refused", "error")
    assert sentence in line["message"]


def test_it_waits_for_the_first_model_and_takes_each_newer_one(
    serve: Start, tmp_path: Path
) -> None:
    server = serve(tmp_path)
    server.wait_for("serving")
    code, text = server.ask("GET", "/healthz")
    assert (code, json.loads(text)["status"]) == (503, "waiting")
    assert server.predict({"instances": [BLANK]})[0] == 503
    for seed, run_id in enumerate(("first", "second")):
        sha256 = train(tmp_path, run_id, seed=str(seed))["model_sha256"]
        assert server.wait_for("model")["model"] == {"run_id": run_id, "sha256": sha256}
        assert server.predict({"instances": [BLANK]})[1]["model"]["sha256"] == sha256


def latest(artifacts: Path, stream: io.StringIO) -> str | None:
    model = Store(artifacts, Log(None, stream)).latest(None)
    return model.run_id if model else None


@pytest.mark.parametrize("damage", ["bytes", "missing", "unfinished", "failed", "no summary"])
def test_the_latest_good_model_is_taken(artifacts: Path, damage: str) -> None:
    run = artifacts / "runs" / "c"
    told = summary(artifacts, "c")
    if damage == "bytes":
        data = (run / "model.npz").read_bytes()
        (run / "model.npz").write_bytes(data[:500] + b"x" + data[501:])
    elif damage == "missing":
        (run / "model.npz").unlink()
    elif damage == "no summary":
        (run / "summary.json").write_text("{")
    else:
        status = {"unfinished": "running", "failed": "failed"}[damage]
        (run / "summary.json").write_text(json.dumps({**told, "status": status}))
    (artifacts / "runs" / "a file").write_text("x")
    stream = io.StringIO()
    store = Store(artifacts, Log(None, stream))
    model = store.latest(None)
    assert model
    assert model.run_id == "b"
    assert store.latest(model) is model
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [line["event"] for line in lines] == ["model_unusable"] * (
        damage in ("bytes", "missing")
    ), "and only once"


def test_a_file_of_other_arrays_is_no_model(artifacts: Path) -> None:
    for run_id, held in (("c", {"x": np.zeros(3)}), ("b", {"hidden_bias": np.zeros(3)})):
        run = artifacts / "runs" / run_id
        data = arrays.pack(held)
        (run / "model.npz").write_bytes(data)
        told = {**summary(artifacts, run_id), "model_sha256": hashlib.sha256(data).hexdigest()}
        (run / "summary.json").write_text(json.dumps(told))
    stream = io.StringIO()
    assert latest(artifacts, stream) == "a"
    assert stream.getvalue().count("is none of ours") == 2


def test_without_any_run_there_is_no_model(tmp_path: Path) -> None:
    assert latest(tmp_path, io.StringIO()) is None


def test_many_clients_at_once_while_the_model_changes(serve: Start, artifacts: Path) -> None:
    server = serve(artifacts)
    server.wait_for("model")
    known = {summary(artifacts, name)["model_sha256"]: name for name in "abc"}

    def ask(_number: int) -> tuple[int, Json]:
        return server.predict({"instances": [BLANK] * 20})

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, range(100)))
        newer = train(artifacts, "d", seed="9")
        server.wait_for("model")
        answers += list(pool.map(ask, range(100)))
    known[newer["model_sha256"]] = "d"
    assert {code for code, _ in answers} == {200}
    assert all(known[a["model"]["sha256"]] == a["model"]["run_id"] for _, a in answers)
    assert {a["model"]["run_id"] for _, a in answers} == {"c", "d"}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_when_asked_to_and_finishes_what_is_under_way(
    serve: Start, trained: Path, number: signal.Signals
) -> None:
    server = serve(trained)
    server.wait_for("model")
    body = json.dumps({"instances": [BLANK]}).encode()
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as raw:
        raw.sendall(b"POST /predict HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % len(body))
        time.sleep(0.2)
        started = time.monotonic()
        server.process.send_signal(number)
        time.sleep(0.3)
        raw.sendall(body)
        assert raw.recv(100).startswith(b"HTTP/1.0 200 ")
    code, stdout, stderr = server.end()
    assert (code, stderr) == (0, "")
    assert json.loads(stdout.splitlines()[-1])["event"] == "ended"
    assert time.monotonic() - started < 2
    with pytest.raises(ConnectionRefusedError):
        server.ask("GET", "/healthz")


def test_the_containers_check_knows_both_ports(serve: Start, trained: Path) -> None:
    server = serve(trained)
    server.wait_for("model")
    check = [sys.executable, str(APP / "healthy.py")]
    for port, code in ((server.port, 0), (1, 1)):
        env = {"MLOPS_METRICS_PORT": "1", "MLOPS_SERVING_PORT": str(port)}
        assert subprocess.run(check, env=env, check=False).returncode == code
