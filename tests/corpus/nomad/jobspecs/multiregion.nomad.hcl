# SPDX-License-Identifier: GPL-3.0-or-later
job "np-multiregion" {
  multiregion {
    strategy {
      max_parallel = 1
      on_failure   = "fail_all"
    }

    region "global" {
      count       = 1
      datacenters = ["dc1"]
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
