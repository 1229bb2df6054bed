# SPDX-License-Identifier: GPL-3.0-or-later
job "np-weights" {
  group "g" {
    network {
      port "http" {}
    }

    service {
      name     = "np-weights"
      port     = "http"
      provider = "consul"

      weights {
        passing = 10
        warning = 2
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
