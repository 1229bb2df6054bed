# SPDX-License-Identifier: GPL-3.0-or-later
job "np-exit-loop" {
  group "g" {
    restart {
      attempts = 1
      interval = "30s"
      delay    = "1s"
      mode     = "fail"
    }

    reschedule {
      attempts  = 0
      unlimited = false
    }

    update {
      min_healthy_time  = "1s"
      healthy_deadline  = "15s"
      progress_deadline = "20s"
    }

    task "t" {
      driver = "raw_exec"

      config {
        command = "/bin/sh"
        args    = ["-c", "echo nothing to read in line 7 >&2; exit 1"]
      }
    }
  }
}
