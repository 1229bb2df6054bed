# SPDX-License-Identifier: GPL-3.0-or-later
job "np-port-clash" {
  group "g" {
    count = 3

    network {
      port "http" {
        static = 18097
      }
    }

    task "t" {
      driver = "mock_driver"

      config {
        run_for = "600s"
      }
    }
  }
}
