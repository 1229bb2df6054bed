# SPDX-License-Identifier: GPL-3.0-or-later
job "np-device" {
  group "g" {
    task "t" {
      driver = "mock_driver"

      config {
        run_for = "600s"
      }

      resources {
        cpu    = 100
        memory = 64

        device "nvidia/gpu" {
          count = 1

          constraint {
            attribute = "${device.attr.memory}"
            operator  = ">="
            value     = "8 GiB"
          }

          affinity {
            attribute = "${device.model}"
            value     = "H100"
            weight    = 50
          }
        }
      }
    }
  }
}
