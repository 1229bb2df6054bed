# SPDX-License-Identifier: GPL-3.0-or-later
"""The job specifications that the cases send."""

from __future__ import annotations

IMAGE = "mlops-lab/debian:bookworm"

# The shape of the collection's main job: a parameterized batch job with a service.
MAIN = """
variable "image" {
  type        = string
  description = "What runs"
  default     = "mlops-lab/debian:bookworm"
}

variable "memory" {
  type    = number
  default = 64
}

job "contract-main" {
  datacenters = ["dc1"]
  type        = "batch"

  meta {
    owner = "contract"
  }

  parameterized {
    payload       = "optional"
    meta_required = ["run_name"]
    meta_optional = ["epochs", "lr"]
  }

  constraint {
    attribute = "${attr.kernel.name}"
    value     = "linux"
  }

  group "train" {
    count = 1

    restart {
      attempts = 1
      interval = "10m"
      delay    = "1s"
      mode     = "fail"
    }

    reschedule {
      attempts  = 0
      unlimited = false
    }

    task "train" {
      driver       = "docker"
      kill_timeout = "3s"
      kill_signal  = "SIGTERM"

      config {
        image        = var.image
        command      = "/bin/sh"
args         = ["-c", <<EOT
echo run ${NOMAD_META_run_name}; cat /local/params.json; echo
env | grep ^NOMAD_ | grep -v -e CGROUP -e NOMAD_ALLOC_ID -e SHORT | sort
echo $GREETING; echo told >&2
test -d /alloc/data && test -d /secrets && test -w /local && echo mounted
EOT
        ]
        force_pull   = false
        cap_drop     = ["all"]
        pids_limit   = 64
        readonly_rootfs = true
        labels {
          purpose = "contract"
        }
      }

      dispatch_payload {
        file = "params.json"
      }

      env {
        GREETING = "job ${NOMAD_JOB_PARENT_ID} task ${NOMAD_TASK_NAME} owner ${NOMAD_META_owner}"
      }

      resources {
        cpu    = 100
        memory = var.memory
      }

      logs {
        max_files     = 2
        max_file_size = 2
      }

      service {
        name         = "contract-main"
        port         = "9105"
        address_mode = "driver"
        tags         = ["contract", "metrics"]
        meta {
          run_name = "${NOMAD_META_run_name}"
        }
        check {
          type         = "http"
          path         = "/healthz"
          port         = "9105"
          address_mode = "driver"
          interval     = "5s"
          timeout      = "2s"
        }
      }
    }
  }
}
"""

SMALL = """
job "%(id)s" {
  type = "%(type)s"
  group "g" {
    count = %(count)s
    %(group)s
    task "t" {
      driver = "docker"
      config {
        image   = "mlops-lab/debian:bookworm"
        command = "/bin/sh"
        args    = ["-c", "%(command)s"]
      }
      resources {
        cpu    = 50
        memory = %(memory)s
      }
      %(task)s
    }
  }
  %(job)s
}
"""


def small(job_id: str, **values: str) -> str:
    """A job of one group and one task, with what a case is about put into it."""
    start = {"type": "batch", "count": "1", "group": "", "command": "true", "memory": "32"}
    return SMALL % {**start, "task": "", "job": "", **values, "id": job_id}


ONCE = 'restart {\n attempts = 0\n mode = "fail"\n}\nreschedule {\n attempts = 0\n}'
RETRY = (
    'restart {\n attempts = 1\n delay = "1s"\n interval = "5m"\n mode = "fail"\n}\n'
    "reschedule {\n attempts = 0\n}"
)
AGAIN = (
    'restart {\n attempts = 0\n mode = "fail"\n}\n'
    'reschedule {\n attempts = 1\n interval = "1h"\n delay = "5s"\n'
    ' delay_function = "constant"\n unlimited = false\n}'
)
UPDATE = 'update {\n min_healthy_time = "1s"\n healthy_deadline = "30s"\n}'
SERVICE = (
    'service {\n name = "contract-service"\n port = "8000"\n address_mode = "driver"\n'
    ' tags = ["one"]\n}'
)
LONG = {"type": "service", "command": "sleep 600", "task": SERVICE, "job": UPDATE}
SPREAD = 'spread {\n attribute = "${node.datacenter}"\n weight = 100\n}'
VOLUME = 'volume "artifacts" {\n type = "host"\n source = "scratch"\n}\n'
MOUNT = 'volume_mount {\n volume = "artifacts"\n destination = "/artifacts"\n}'
# What one attempt leaves behind the next one finds; the third one has seen enough.
PERSISTENT = {
    "group": VOLUME + RETRY.replace("attempts = 1", "attempts = 2", 1),
    "task": MOUNT,
    "command": "cd /artifacts && echo tried >>contract; cat contract; "
    "test $(wc -l <contract) = 3 && rm contract",
}
NEVER = 'constraint {\n attribute = "${attr.kernel.name}"\n value = "windows"\n}'

VARIABLES = """
variable "text" {
  type = string
}
variable "map" {
  type    = map(string)
  default = { a = "1" }
}
variable "list" {
  type    = list(string)
  default = []
}
variable "flag" {
  type    = bool
  default = false
}
variable "whole" {
  type    = number
  default = 7
}
locals {
  both = "${var.text}-${var.whole}"
}
job "contract-variables" {
  type     = "batch"
  priority = var.whole + 10
  meta {
    text = var.text
    both = local.both
    flag = var.flag
    cond = var.flag ? "yes" : "no"
    keep = "${NOMAD_ALLOC_ID} ${attr.kernel.name} ${node.unique.name}"
    here = <<EOT
two
lines ${var.text}
EOT
    trim = <<-EOT
      in
        ${var.text}
    EOT
  }
  group "g" {
    meta = var.map
    task "t" {
      driver = "docker"
      config {
        image = "mlops-lab/debian:bookworm"
        args  = var.list
      }
    }
  }
}
"""

HCL_JSON = {
    "job": {
        "contract-json": {
            "type": "batch",
            "datacenters": ["dc1"],
            "meta": {"a": "b"},
            "group": {
                "g": {
                    "restart": {"attempts": 2, "delay": "30s", "interval": "1h", "mode": "fail"},
                    "task": {
                        "t": {
                            "driver": "docker",
                            "config": {
                                "image": IMAGE,
                                "args": ["${NOMAD_META_x}", "${NOMAD_TASK_DIR}"],
                                "labels": {"a": "b"},
                            },
                            "env": {"X": "${NOMAD_META_x}"},
                            "resources": {"cpu": 50, "memory": 32},
                            "kill_timeout": "30s",
                        }
                    },
                }
            },
        }
    }
}
