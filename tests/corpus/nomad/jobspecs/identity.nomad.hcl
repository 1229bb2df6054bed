# SPDX-License-Identifier: GPL-3.0-or-later
job "np-identity" {
  group "g" {
    task "t" {
      driver = "mock_driver"

      config {
        run_for = "600s"
      }

      identity {
        env  = true
        file = true
      }
    }
  }
}
