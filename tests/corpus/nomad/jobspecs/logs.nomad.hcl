# SPDX-License-Identifier: GPL-3.0-or-later
job "np-logs" {
  group "g" {
    task "t" {
      driver = "mock_driver"

      config {
        run_for = "600s"
      }

      logs {
        max_files     = 3
        max_file_size = 15
      }
    }
  }
}
