# SPDX-License-Identifier: GPL-3.0-or-later
job "np-action" {
  group "g" {
    task "t" {
      driver = "mock_driver"

      config {
        run_for = "600s"
      }

      action "say" {
        command = "/bin/echo"
        args    = ["hello"]
      }
    }
  }
}
