# SPDX-License-Identifier: GPL-3.0-or-later
job "np-vault" {
  group "g" {
    task "t" {
      driver = "mock_driver"

      config {
        run_for = "600s"
      }

      vault {
        role        = "training"
        change_mode = "restart"
      }
    }
  }
}
