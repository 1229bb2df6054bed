# SPDX-License-Identifier: GPL-3.0-or-later
job "np-host-volume" {
  group "g" {
    count = 0

    volume "models" {
      type      = "host"
      source    = "np-models"
      read_only = true
    }

    task "t" {
      driver = "docker"

      config {
        image = "mlops-lab/debian:bookworm"
      }

      volume_mount {
        volume           = "models"
        destination      = "/models"
        read_only        = true
        propagation_mode = "private"
      }
    }
  }
}
