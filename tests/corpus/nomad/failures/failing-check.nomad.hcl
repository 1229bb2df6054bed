# SPDX-License-Identifier: GPL-3.0-or-later
job "np-failing-check" {
  group "g" {
    network {
      port "http" {
        static = 18098
      }
    }

    update {
      min_healthy_time  = "1s"
      healthy_deadline  = "6s"
      progress_deadline = "7s"
    }

    service {
      name     = "np-failing-check"
      port     = "http"
      provider = "nomad"

      check {
        name     = "answers"
        type     = "tcp"
        interval = "1s"
        timeout  = "1s"
      }
    }

    task "t" {
      driver = "raw_exec"

      config {
        command = "/bin/sleep"
        args    = ["600"]
      }
    }
  }
}
