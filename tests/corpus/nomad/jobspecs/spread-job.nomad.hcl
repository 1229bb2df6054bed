# SPDX-License-Identifier: GPL-3.0-or-later
job "np-spread-job" {
  spread {
    attribute = "${node.datacenter}"
    weight    = 80

    target "dc1" {
      percent = 100
    }
  }

  group "g" {
    count = 2

    task "t" {
      driver = "mock_driver"

      config {
        run_for = "600s"
      }
    }
  }
}
