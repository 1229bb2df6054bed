# SPDX-License-Identifier: GPL-3.0-or-later
variable "replicas" {
  type    = number
  default = 1
}
variable "tags" {
  type    = list(string)
  default = []
}

job "web" {
  datacenters = ["dc1"]

  update {
    min_healthy_time = "1s"
    healthy_deadline = "1m"
    progress_deadline = "2m"
  }

  group "frontend" {
    count = var.replicas

    restart {
      attempts = 0
      mode     = "fail"
    }

    task "serve" {
      driver = "docker"

      config {
        image   = "mlops-lab/debian:bookworm"
        command = "sleep"
        args    = ["600"]
      }

      meta {
        tags = join(",", var.tags)
      }

      resources {
        cpu    = 20
        memory = 16
      }
    }
  }
}
