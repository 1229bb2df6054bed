# SPDX-License-Identifier: GPL-3.0-or-later
job "np-no-memory" {
  group "g" {
    task "t" {
      driver = "mock_driver"

      config {
        run_for = "600s"
      }

      resources {
        memory = 999999
      }
    }
  }
}
