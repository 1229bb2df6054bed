# SPDX-License-Identifier: GPL-3.0-or-later
job "np-oom" {
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
        image   = "mlops-lab/debian:bookworm"
        command = "sh"
        args    = ["-c", "echo eating; tail /dev/zero"]
      }

      resources {
        memory = 20
      }
    }
  }
}
