# SPDX-License-Identifier: GPL-3.0-or-later
job "np-meta" {
  meta {
    team = "ml"
  }

  group "g" {
    meta {
      tier = "two"
    }

    task "t" {
      driver = "mock_driver"

      config {
        run_for = "600s"
      }

      meta {
        role = "worker"
      }
    }
  }
}
