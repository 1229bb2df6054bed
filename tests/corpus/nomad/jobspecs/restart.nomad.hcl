# SPDX-License-Identifier: GPL-3.0-or-later
job "np-restart" {
  group "g" {
    restart {
      attempts         = 3
      interval         = "10m"
      delay            = "11s"
      mode             = "delay"
      render_templates = true
    }

    task "t" {
      driver = "mock_driver"

      config {
        run_for = "600s"
      }

      restart {
        attempts = 1
      }
    }
  }
}
