# SPDX-License-Identifier: GPL-3.0-or-later
job "np-network" {
  group "g" {
    count = 0

    network {
      mode     = "bridge"
      hostname = "np"

      port "http" {
        to = 8080
      }

      port "admin" {
        static = 18099
      }

      dns {
        servers  = ["10.0.0.53"]
        searches = ["example.com"]
        options  = ["ndots:2"]
      }
    }

    task "t" {
      driver = "docker"

      config {
        image = "mlops-lab/debian:bookworm"
        ports = ["http"]
      }
    }
  }
}
