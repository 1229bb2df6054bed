# SPDX-License-Identifier: GPL-3.0-or-later
job "np-ui" {
  ui {
    description = "What this job is for"

    link {
      label = "Dashboard"
      url   = "https://example.com/dashboard"
    }
  }

  group "g" {
    task "t" {
      driver = "mock_driver"

      config {
        run_for = "600s"
      }
    }
  }
}
