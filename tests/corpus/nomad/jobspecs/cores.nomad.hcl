# SPDX-License-Identifier: GPL-3.0-or-later
job "np-cores" {
  group "g" {
    task "t" {
      driver = "mock_driver"

      config {
        run_for = "600s"
      }

      resources {
        cores      = 1
        memory     = 64
        memory_max = 128
      }
    }
  }
}
