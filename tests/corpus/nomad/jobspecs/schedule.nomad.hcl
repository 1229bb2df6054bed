# SPDX-License-Identifier: GPL-3.0-or-later
job "np-schedule" {
  group "g" {
    task "t" {
      driver = "mock_driver"

      config {
        run_for = "600s"
      }

      schedule {
        cron {
          start    = "0 9 * * *"
          end      = "0 17"
          timezone = "UTC"
        }
      }
    }
  }
}
