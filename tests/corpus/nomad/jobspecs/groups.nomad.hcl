# SPDX-License-Identifier: GPL-3.0-or-later
job "np-groups" {
  datacenters = ["dc1", "dc2"]
  node_pool   = "default"
  all_at_once = true

  group "first" {
    count = 1

    shutdown_delay = "2s"

    task "t" {
      driver = "mock_driver"

      config {
        run_for = "600s"
      }
    }
  }

  group "none" {
    count = 0

    task "t" {
      driver = "mock_driver"

      config {
        run_for = "600s"
      }
    }
  }
}
