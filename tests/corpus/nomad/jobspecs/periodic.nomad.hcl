# SPDX-License-Identifier: GPL-3.0-or-later
job "np-periodic" {
  type = "batch"

  periodic {
    cron             = "0 3 1 1 *"
    prohibit_overlap = true
    time_zone        = "Europe/Berlin"
  }

  group "nightly" {
    task "nightly" {
      driver = "mock_driver"

      config {
        run_for = "1s"
      }
    }
  }
}
