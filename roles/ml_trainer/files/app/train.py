# SPDX-License-Identifier: GPL-3.0-or-later
"""Train a small neural network on handwritten digits, watched by Prometheus.

This file is the command line; trainer/run.py is the life of a run, and the rest of trainer/ its
parts.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from trainer.errors import BadParametersError
from trainer.kv import Consul, KvError
from trainer.log import Log
from trainer.parameters import describe, resolve
from trainer.places import verdict
from trainer.sources import read_sources
from trainer.stop import Stop

_HEAD = ("ts", "level", "run_id", "event", "message")  # what each line of the log has

EPILOG = """\
parameters:
{parameters}

where they come from, the strongest first:
  1. payload   a JSON object in the file MLOPS_PARAMS_FILE, else in
               ${{NOMAD_TASK_DIR}}/params.json where that is there and not empty
  2. meta      NOMAD_META_<parameter>
  3. kv        Consul's keys mlops/config/training/<parameter>
  4. built-in  the defaults above

other environment variables:
  CONSUL_HTTP_ADDR     Consul's address; without it, there is no third source and no record in
                       mlops/runs/<run_id>. CONSUL_HTTP_TOKEN, CONSUL_HTTP_TOKEN_FILE,
                       CONSUL_HTTP_SSL, CONSUL_CACERT, CONSUL_CLIENT_CERT and CONSUL_CLIENT_KEY
                       are understood as well
  MLFLOW_TRACKING_URI  address of an MLflow server that is told of the run; default none. Of
                       MLflow's other variables, MLFLOW_EXPERIMENT_NAME (default ml-training),
                       MLFLOW_TRACKING_TOKEN, _USERNAME, _PASSWORD and _SERVER_CERT_PATH
  MLOPS_ARTIFACTS_DIR  directory for the artifacts of all runs; default ${{NOMAD_ALLOC_DIR}}/data;
                       without either, none are written, and a run that is started again starts
                       from nothing
  MLOPS_IMAGE          the image's name, for environment.json
  MLOPS_METRICS_HOST   address of /metrics and /healthz; default 127.0.0.1, in the image 0.0.0.0
  MLOPS_METRICS_PORT   their port, 0 to 65535, 0 being any free one; default 9105
  MLOPS_TLS_CERT       file of a certificate, with those that lead to its authority
  MLOPS_TLS_KEY        file of its key, both in PEM: the metrics are then served by HTTPS. Files
                       that are renewed are read again
  NOMAD_JOB_ID         the part after the last / is the run's id; default local-<time>

artifacts, in <directory>/runs/<run_id>/:
  params.json          the parameters; as MLOPS_PARAMS_FILE, they repeat the run
  metrics.jsonl        a line of JSON for each epoch: epoch, step, loss, accuracy, train_loss,
                       train_accuracy
  checkpoints/         the last 3 states; a run that was killed or stopped goes on from there when
                       it is started again under its id, and ends with the same bits
  model.npz            the weights: hidden, hidden_bias, output, output_bias
  environment.json     Python, libraries, machine, image, digest of the sources
  summary.json         the record

record, in summary.json, in Consul's key mlops/runs/<run_id>, and in the last line of the log:
  run_id, run_name, status (pending, running, done, failed, stopped), started, ended, attempts,
  resumed_from_step, duration_seconds (since the start of the first attempt), exit_code, error,
  params, seed, epochs, loss, accuracy, train_loss, train_accuracy (after the last epoch),
  best_epoch, best_loss, best_accuracy, stopped_early, model_epoch, model_sha256, dataset_sha256,
  artifacts (their directory), artifacts_sha256 (of each file)

exit codes:
  0 done   1 crash   2 bad parameters   3 bad data   4 diverged   130, 143 stopped
  After 0, 2, 3 and 4 the run is over: where it has artifacts, each other attempt under its id ends
  at once with the same code.
"""


def main(argv: Sequence[str] | None = None) -> int:
    options = _options(argv)
    stop = Stop()
    stop.listen()
    run_id = identify(os.environ)
    log = Log(run_id, sys.stderr if options.print_config else sys.stdout)
    consul = _consul(os.environ, log)
    if options.print_config:
        return _print_config(run_id, consul, log)
    ended = verdict(os.environ, run_id)
    if ended is not None:
        return _repeat(ended, log)
    # One thread adds up in one order: the same seed gives the same bits on any number of cores.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # Not at the top: this brings numpy, and a stop that is asked for meanwhile is to be heard.
    from trainer.run import Run

    return Run(run_id, os.environ, consul, log, stop).live()


def identify(env: Mapping[str, str]) -> str:
    """The id of the run: the child's part of the job's id, where Nomad started it."""
    utc = datetime.datetime.now(datetime.UTC)
    job = env.get("NOMAD_JOB_ID", "").rpartition("/")[2]
    return job or f"local-{utc:%Y%m%dt%H%M%S}-{utc.microsecond // 1000:03}"


def _options(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="train.py",
        description=(__doc__ or "").partition("\n")[0],
        epilog=EPILOG.format(parameters=describe()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--print-config",
        action="store_true",
        help="print the parameters as JSON, each with its source, and train nothing",
    )
    return parser.parse_args(argv)


def _consul(env: Mapping[str, str], log: Log) -> Consul | None:
    try:
        return Consul.from_environment(env)
    except KvError as error:
        log.warning("kv_unavailable", f"Consul is not used: {error}.")
        return None


def _repeat(summary: Mapping[str, Any], log: Log) -> int:
    """Nomad 1.6 starts a run again after whatever exit code; once it has ended, so it stays."""
    code = int(summary["exit_code"])
    log.info(
        "already_ended",
        f"The run has ended before, with exit code {code}; nothing is done.",
        exit_code=code,
    )
    message = str(summary.get("error") or "The run is done.")
    write = log.error if code else log.info
    write("summary", message, **{k: v for k, v in summary.items() if k not in _HEAD})
    if code:
        print(message, file=sys.stderr)
    return code


def _print_config(run_id: str, consul: Consul | None, log: Log) -> int:
    try:
        resolved = resolve(read_sources(os.environ, consul, log))
    except BadParametersError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    print(json.dumps({"run_id": run_id, "parameters": resolved.described()}, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
