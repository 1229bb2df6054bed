# SPDX-License-Identifier: GPL-3.0-or-later
job "np-connect-native" {
  group "g" {
    count = 0

    service {
      name = "np-connect-native"
      port = "9001"
      task = "t"

      connect {
        native = true
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
