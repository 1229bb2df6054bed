# SPDX-License-Identifier: GPL-3.0-or-later
job "ml-training" {
  datacenters = ["dc1"]
  type        = "batch"

  parameterized {
    payload       = "optional"
    meta_optional = ["run_name"]
  }

  group "train" {
    task "train" {
      driver = "docker"

      config {
        image   = "mlops-lab/debian:bookworm"
        command = "sh"
        args    = ["-c", "echo trained"]
      }

      resources {
        cpu    = 20
        memory = 16
      }
    }
  }
}
