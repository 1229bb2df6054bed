# SPDX-License-Identifier: GPL-3.0-or-later
job "np-numa" {
  group "g" {
    task "t" {
      driver = "mock_driver"

      config {
        run_for = "600s"
      }

      resources {
        cores  = 1
        memory = 64

        numa {
          affinity = "prefer"
        }
      }
    }
  }
}
