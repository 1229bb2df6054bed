# SPDX-License-Identifier: GPL-3.0-or-later
job "np-service-task" {
  group "g" {
    network {
      port "http" {}
    }

    task "t" {
      driver       = "mock_driver"
      kill_timeout = "7s"
      kill_signal  = "SIGINT"
      user         = "nobody"

      shutdown_delay = "1s"

      config {
        run_for = "600s"
      }

      service {
        name         = "np-service-task"
        port         = "http"
        address_mode = "auto"
        provider     = "nomad"
        canary_tags  = ["canary"]
      }
    }
  }
}
