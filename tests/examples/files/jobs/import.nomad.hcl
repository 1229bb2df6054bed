# SPDX-License-Identifier: GPL-3.0-or-later
job "import" {
  datacenters = ["dc1"]
  type        = "batch"

  group "import" {
    task "import" {
      driver = "docker"

      config {
        image   = "mlops-lab/debian:bookworm"
        command = "true"
      }

      resources {
        cpu    = 20
        memory = 16
      }
    }
  }
}
