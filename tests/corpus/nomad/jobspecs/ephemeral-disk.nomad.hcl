# SPDX-License-Identifier: GPL-3.0-or-later
job "np-ephemeral-disk" {
  group "g" {
    ephemeral_disk {
      size    = 120
      sticky  = true
      migrate = true
    }

    task "t" {
      driver = "mock_driver"

      config {
        run_for = "600s"
      }
    }
  }
}
