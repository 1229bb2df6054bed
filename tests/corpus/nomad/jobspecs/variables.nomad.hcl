# SPDX-License-Identifier: GPL-3.0-or-later
variables {
  owner = "corpus"
}

variable "count" {
  type    = number
  default = 1
}

locals {
  name = "np-variables"
}

job "np-variables" {
  group "g" {
    count = var.count

    dynamic "task" {
      for_each = ["first", "second"]
      labels   = [task.value]

      content {
        driver = "mock_driver"

        config {
          run_for = "600s"
        }

        env {
          OWNER = var.owner
          NAME  = "${local.name}-${task.key}"
        }
      }
    }
  }
}
