# SPDX-License-Identifier: GPL-3.0-or-later
job "np-check-restart" {
  group "g" {
    network {
      port "http" {}
    }

    service {
      name     = "np-check-restart"
      port     = "http"
      provider = "consul"

      meta {
        run = "one"
      }

      canary_meta {
        run = "canary"
      }

      check {
        type     = "tcp"
        interval = "10s"
        timeout  = "2s"

        check_restart {
          limit           = 3
          grace           = "90s"
          ignore_warnings = false
        }
      }
    }

    task "t" {
      driver = "mock_driver"

      config {
        run_for = "600s"
      }
    }
  }
}
