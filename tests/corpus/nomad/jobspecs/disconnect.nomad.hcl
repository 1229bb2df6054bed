# SPDX-License-Identifier: GPL-3.0-or-later
job "np-disconnect" {
  group "g" {
    disconnect {
      lost_after = "6h"
      replace    = true
      reconcile  = "keep_original"
    }

    task "t" {
      driver = "mock_driver"

      config {
        run_for = "600s"
      }
    }
  }
}
