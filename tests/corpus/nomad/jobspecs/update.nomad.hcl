# SPDX-License-Identifier: GPL-3.0-or-later
job "np-update" {
  update {
    max_parallel      = 2
    health_check      = "task_states"
    min_healthy_time  = "2s"
    healthy_deadline  = "3m"
    progress_deadline = "9m"
    auto_revert       = true
    stagger           = "31s"
  }

  group "g" {
    count = 2

    update {
      canary       = 1
      auto_promote = true
    }

    task "t" {
      driver = "mock_driver"

      config {
        run_for = "600s"
      }
    }
  }
}
