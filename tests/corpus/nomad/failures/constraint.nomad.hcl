# SPDX-License-Identifier: GPL-3.0-or-later
job "np-constraint-unmet" {
  constraint {
    attribute = "${attr.kernel.name}"
    value     = "plan9"
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
