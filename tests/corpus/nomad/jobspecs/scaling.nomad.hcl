# SPDX-License-Identifier: GPL-3.0-or-later
job "np-scaling" {
  group "g" {
    count = 1

    scaling {
      enabled = true
      min     = 1
      max     = 5

      policy {
        cooldown = "2m"

        check "load" {
          source = "prometheus"
          query  = "avg(load)"

          strategy "target-value" {
            target = 0.7
          }
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
