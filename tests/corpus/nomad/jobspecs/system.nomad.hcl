# SPDX-License-Identifier: GPL-3.0-or-later
job "np-system" {
  type = "system"

  group "everywhere" {
    task "everywhere" {
      driver = "mock_driver"

      config {
        run_for = "600s"
      }

      resources {
        cpu    = 20
        memory = 16
      }
    }
  }
}
