# SPDX-License-Identifier: GPL-3.0-or-later
"""Serve the model that the last good run has left behind, over HTTP.

This file is the command line; trainer/serving.py is the server.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from trainer.log import Log
from trainer.stop import Stop

EPILOG = """\
paths:
  /predict   POST {"instances": [[64 numbers from 0 to 16, row by row, 0 being white], ...]}, 1 to
             1000 of them; the answer is {"predictions": [7, ...], "model": {"run_id", "sha256"}}.
             What is wrong with a request is said in {"error": ...}, with the code 400
  /healthz   200 with the model, 503 while there is none
  /metrics   ml_serving_requests_total, ml_serving_request_seconds, ml_serving_predictions_total,
             ml_serving_model_info, ml_serving_model_loaded_timestamp_seconds

environment variables:
  MLOPS_ARTIFACTS_DIR       where the runs are; default ${NOMAD_ALLOC_DIR}/data
  MLOPS_MODEL               a run's id, or latest, which is the last run that was done and whose
                            model is whole; default latest
  MLOPS_MODEL_POLL_SECONDS  how often a newer one is looked for, 0.1 to 3600; default 5
  MLOPS_SERVING_HOST        address; default 127.0.0.1, in the image 0.0.0.0
  MLOPS_SERVING_PORT        port, 0 to 65535, 0 being any free one; default 9106
  MLOPS_TLS_CERT            file of a certificate, with those that lead to its authority
  MLOPS_TLS_KEY             file of its key, both in PEM: it is then served by HTTPS. Files that are
                            renewed are read again

exit codes:
  0 stopped by SIGTERM or SIGINT   1 the address is taken, or the certificate cannot be used
  2 a bad variable   3 the run of MLOPS_MODEL has no model, or a damaged one
"""


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="serve.py",
        description=(__doc__ or "").partition("\n")[0],
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.parse_args(argv)
    stop = Stop()
    stop.listen()
    # A request is small: threads of its own would cost more than they bring.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from trainer.serving import serve

    return serve(os.environ, Log(None), stop)


if __name__ == "__main__":
    sys.exit(main())
