# SPDX-License-Identifier: GPL-3.0-or-later
job "np-docker" {
  group "box" {
    update {
      min_healthy_time = "1s"
    }

    task "box" {
      driver = "docker"

      config {
        image   = "mlops-lab/debian:bookworm"
        command = "sleep"
        args    = ["600"]

        labels {
          purpose = "corpus"
        }

        mount {
          type   = "tmpfs"
          target = "/scratch"
        }
      }

      resources {
        cpu    = 50
        memory = 32
      }
    }
  }
}
