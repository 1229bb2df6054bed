# SPDX-License-Identifier: GPL-3.0-or-later
job "np-missing-driver" {
  group "g" {
    task "t" {
      driver = "podman"

      config {
        image = "mlops-lab/debian:bookworm"
      }
    }
  }
}
