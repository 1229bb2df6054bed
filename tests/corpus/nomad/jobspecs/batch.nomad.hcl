# SPDX-License-Identifier: GPL-3.0-or-later
job "np-batch" {
  type = "batch"

  group "once" {
    task "once" {
      driver = "raw_exec"

      config {
        command = "/bin/sh"
        args    = ["-c", "echo done"]
      }

      meta {
        owner = "corpus"
      }
    }
  }
}
