# SPDX-License-Identifier: GPL-3.0-or-later
job "np-bad-image" {
  type = "batch"

  group "g" {
    restart {
      attempts = 0
      mode     = "fail"
    }

    reschedule {
      attempts  = 0
      unlimited = false
    }

    task "t" {
      driver = "docker"

      config {
        image = "mlops-lab/none:of-this-tag"
      }
    }
  }
}
