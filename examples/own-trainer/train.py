# SPDX-License-Identifier: GPL-3.0-or-later
"""A trainer of one's own, as small as it can be: fits a line to /dataset/points.csv.

docs/bring-your-own.md says what the platform expects of it, point by point.
"""

import csv
import http.server
import json
import os
import pathlib
import sys
import threading
import time
import urllib.request

RUN_ID = os.environ["NOMAD_JOB_ID"].rpartition("/")[2]
OUT = pathlib.Path(os.environ["MLOPS_ARTIFACTS_DIR"], "runs", RUN_ID)
PARAMS = {"epochs": 20, "learning_rate": 0.01, "linger_seconds": 12}
record = {"run_id": RUN_ID, "run_name": os.environ["NOMAD_META_RUN_NAME"], "params": PARAMS}
metrics = {"ml_training_epoch": 0, "ml_training_state": 1}


class Answers(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        """/metrics for Prometheus; the same is good enough for /healthz."""
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.end_headers()
        self.wfile.write("".join(f"{k} {v}\n" for k, v in metrics.items()).encode())


def save(status: str, **more: object) -> None:
    """The record, in the run's directory and in Consul's KV store."""
    record.update(status=status, **more)
    text = json.dumps(record)
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / "summary.json").write_text(text)
    url = f"{os.environ['CONSUL_HTTP_ADDR']}/v1/kv/mlops/runs/{RUN_ID}"
    urllib.request.urlopen(urllib.request.Request(url, text.encode(), method="PUT"), timeout=2)


def train() -> dict[str, float]:
    path = pathlib.Path(os.environ["MLOPS_DATASET_DIR"], "points.csv")
    points = [(float(x), float(y)) for x, y in csv.reader(path.read_text().splitlines())]
    slope = offset = loss = 0.0
    for epoch in range(1, PARAMS["epochs"] + 1):
        for x, y in points:
            error = slope * x + offset - y
            slope -= PARAMS["learning_rate"] * error * x
            offset -= PARAMS["learning_rate"] * error
        loss = sum((slope * x + offset - y) ** 2 for x, y in points) / len(points)
        metrics.update({"ml_training_epoch": epoch, 'ml_training_loss{split="train"}': loss})
        print(json.dumps({"event": "epoch", "epoch": epoch, "loss": loss}), flush=True)
    (OUT / "model.json").write_text(json.dumps({"slope": slope, "offset": offset}))
    return {"epochs": PARAMS["epochs"], "loss": loss}


def main() -> int:
    payload = pathlib.Path(os.environ["NOMAD_TASK_DIR"], "params.json")
    given = json.loads(payload.read_text()) if payload.exists() else {}
    began, now = time.monotonic(), time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    unknown = ", ".join(given.keys() - PARAMS.keys())
    if unknown:
        save("failed", started=now, error=f"There is no parameter {unknown}.")
        return 2
    PARAMS.update(given)
    save("running", started=now)
    server = http.server.ThreadingHTTPServer(("0.0.0.0", 9105), Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    result = train()
    metrics["ml_training_state"] = 2
    save("done", duration_seconds=round(time.monotonic() - began, 3), **result)
    time.sleep(PARAMS["linger_seconds"])  # so that Prometheus sees the last values
    return 0


if __name__ == "__main__":
    sys.exit(main())
