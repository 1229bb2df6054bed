# SPDX-License-Identifier: GPL-3.0-or-later
job "np-service" {
  type = "service"

  group "web" {
    count = 2

    update {
      max_parallel     = 1
      min_healthy_time = "1s"
      healthy_deadline = "30s"
    }

    task "web" {
      driver = "raw_exec"

      config {
        command = "/bin/sleep"
        args    = ["600"]
      }

      env {
        GREETING = "hello"
      }
    }
  }
}
