# SPDX-License-Identifier: GPL-3.0-or-later
job "np-sticky-volume" {
  group "g" {
    count = 0

    volume "models" {
      type   = "host"
      source = "np-models"
      sticky = true
    }

    task "t" {
      driver = "mock_driver"

      config {
        run_for = "600s"
      }
    }
  }
}
