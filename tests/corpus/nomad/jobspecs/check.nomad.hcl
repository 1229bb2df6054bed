# SPDX-License-Identifier: GPL-3.0-or-later
job "np-check" {
  group "g" {
    network {
      port "http" {}
    }

    service {
      name     = "np-check"
      port     = "http"
      provider = "nomad"
      tags     = ["one", "two"]

      check {
        type     = "http"
        path     = "/healthz"
        method   = "GET"
        interval = "10s"
        timeout  = "2s"

        header {
          X-Asked-By = ["nomad"]
        }
      }

      check {
        type     = "tcp"
        interval = "15s"
        timeout  = "2s"
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
