# SPDX-License-Identifier: GPL-3.0-or-later
job "np-reschedule" {
  group "g" {
    reschedule {
      delay          = "30s"
      delay_function = "fibonacci"
      max_delay      = "30m"
      unlimited      = true
    }

    task "t" {
      driver = "mock_driver"

      config {
        run_for = "600s"
      }
    }
  }
}
