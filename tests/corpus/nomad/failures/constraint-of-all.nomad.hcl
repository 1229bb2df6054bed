# SPDX-License-Identifier: GPL-3.0-or-later
job "np-constraint-of-all" {
  constraint {
    attribute = "${attr.kernel.name}"
    value     = "plan9"
  }

  group "a" {
    task "t" {
      driver = "mock_driver"

      config {
        run_for = "600s"
      }
    }
  }

  group "b" {
    task "t" {
      driver = "mock_driver"

      config {
        run_for = "600s"
      }
    }
  }
}
