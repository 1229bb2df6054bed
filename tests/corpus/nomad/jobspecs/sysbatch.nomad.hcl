# SPDX-License-Identifier: GPL-3.0-or-later
job "np-sysbatch" {
  type     = "sysbatch"
  priority = 40

  group "everywhere" {
    task "everywhere" {
      driver = "mock_driver"

      config {
        run_for = "100ms"
      }
    }
  }
}
