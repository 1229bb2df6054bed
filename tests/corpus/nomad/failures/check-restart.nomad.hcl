# SPDX-License-Identifier: GPL-3.0-or-later
job "np-check-restart" {
  group "g" {
    network {
      port "http" {
        static = 18096
      }
    }

    update {
      min_healthy_time  = "1s"
      healthy_deadline  = "40s"
      progress_deadline = "41s"
    }

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

    service {
      name     = "np-check-restart"
      port     = "http"
      provider = "nomad"

      check {
        name     = "answers"
        type     = "tcp"
        interval = "1s"
        timeout  = "1s"

        check_restart {
          limit = 2
          grace = "1s"
        }
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
