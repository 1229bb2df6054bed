# SPDX-License-Identifier: GPL-3.0-or-later
job "np-missing-artifact" {
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
      driver = "raw_exec"

      config {
        command = "/bin/true"
      }

      artifact {
        source = "http://127.0.0.1:1/model.tar.gz"
      }
    }
  }
}
