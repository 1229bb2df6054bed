# SPDX-License-Identifier: GPL-3.0-or-later
"""A trainer of one's own, as small as it can be: fits a line to /dataset/points.csv."""

import http.server
import json
import os
import pathlib
import ssl
import sys
import threading
import time
import urllib.request

RUN_ID = os.environ["NOMAD_JOB_ID"].rpartition("/")[2]
RECORD = {
    "run_id": RUN_ID,
    "run_name": os.environ["NOMAD_META_RUN_NAME"],
    "started": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
}
TOKEN = os.environ.get("CONSUL_HTTP_TOKEN_FILE")  # with mlops_secure, as is CONSUL_CACERT
HEADERS = {"X-Consul-Token": pathlib.Path(TOKEN).read_text().strip()} if TOKEN else {}
TRUST = ssl.create_default_context(cafile=os.environ.get("CONSUL_CACERT"))
metrics = {"ml_training_epoch": 0}


class Metrics(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.end_headers()
        self.wfile.write("".join(f"{k} {v}\n" for k, v in metrics.items()).encode())


def record(status: str, **more: object) -> None:
    text = json.dumps({**RECORD, "status": status, **more}).encode()
    url = f"{os.environ['CONSUL_HTTP_ADDR']}/v1/kv/mlops/runs/{RUN_ID}"
    request = urllib.request.Request(url, text, HEADERS, method="PUT")
    urllib.request.urlopen(request, timeout=2, context=TRUST)


def train(epochs: int = 20, learning_rate: float = 0.01) -> dict[str, float]:
    text = pathlib.Path(os.environ["MLOPS_DATASET_DIR"], "points.csv").read_text()
    points = [[float(number) for number in line.split(",")] for line in text.split()]
    slope = offset = 0.0
    for epoch in range(1, epochs + 1):
        for x, y in points:
            error = slope * x + offset - y
            slope, offset = slope - learning_rate * error * x, offset - learning_rate * error
        loss = sum((slope * x + offset - y) ** 2 for x, y in points) / len(points)
        metrics.update({"ml_training_epoch": epoch, 'ml_training_loss{split="train"}': loss})
    return {"slope": slope, "offset": offset}


server = http.server.ThreadingHTTPServer(("", 9105), Metrics)
threading.Thread(target=server.serve_forever, daemon=True).start()
record("running")
given = pathlib.Path(os.environ["NOMAD_TASK_DIR"], "params.json")
try:
    model = train(**json.loads(given.read_text() if given.exists() else "{}"))
except TypeError as error:  # a parameter that train() does not have
    record("failed", error=str(error))
    sys.exit(2)
out = pathlib.Path(os.environ["MLOPS_ARTIFACTS_DIR"], "runs", RUN_ID)
out.mkdir(parents=True, exist_ok=True)
(out / "model.json").write_text(json.dumps(model))
record("done", epochs=metrics["ml_training_epoch"], loss=metrics['ml_training_loss{split="train"}'])
time.sleep(15)  # so that Prometheus sees the last values
