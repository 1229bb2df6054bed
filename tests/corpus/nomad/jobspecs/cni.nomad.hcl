# SPDX-License-Identifier: GPL-3.0-or-later
job "np-cni" {
  group "g" {
    count = 0

    network {
      mode = "cni/np"

      cni {
        args = {
          rack = "r1"
        }
      }
    }

    task "t" {
      driver = "docker"

      config {
        image = "mlops-lab/debian:bookworm"
      }
    }
  }
}
