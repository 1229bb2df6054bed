# SPDX-License-Identifier: GPL-3.0-or-later
job "np-spread-group" {
  group "g" {
    count = 2

    spread {
      attribute = "${node.unique.id}"
      weight    = 60
    }

    task "t" {
      driver = "mock_driver"

      config {
        run_for = "600s"
      }
    }
  }
}
