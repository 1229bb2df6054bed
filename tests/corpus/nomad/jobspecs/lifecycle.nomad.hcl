# SPDX-License-Identifier: GPL-3.0-or-later
job "np-lifecycle" {
  group "g" {
    task "before" {
      driver = "mock_driver"

      config {
        run_for = "100ms"
      }

      lifecycle {
        hook    = "prestart"
        sidecar = false
      }
    }

    task "beside" {
      driver = "mock_driver"

      config {
        run_for = "600s"
      }

      lifecycle {
        hook    = "poststart"
        sidecar = true
      }
    }

    task "main" {
      driver = "mock_driver"
      leader = true

      config {
        run_for = "600s"
      }
    }
  }
}
