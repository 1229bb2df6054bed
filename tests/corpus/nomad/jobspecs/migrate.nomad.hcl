# SPDX-License-Identifier: GPL-3.0-or-later
job "np-migrate" {
  group "g" {
    count = 2

    migrate {
      max_parallel     = 2
      health_check     = "task_states"
      min_healthy_time = "11s"
      healthy_deadline = "4m"
    }

    task "t" {
      driver = "mock_driver"

      config {
        run_for = "600s"
      }
    }
  }
}
