# SPDX-License-Identifier: GPL-3.0-or-later
job "np-secret" {
  group "g" {
    task "t" {
      driver = "mock_driver"

      config {
        run_for = "600s"
      }

      secret "database" {
        provider = "nomad"
        path     = "nomad/jobs/np-secret"

        config {
          namespace = "default"
        }
      }
    }
  }
}
