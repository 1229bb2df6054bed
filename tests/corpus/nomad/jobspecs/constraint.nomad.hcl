# SPDX-License-Identifier: GPL-3.0-or-later
job "np-constraint" {
  constraint {
    attribute = "${attr.kernel.name}"
    value     = "linux"
  }

  group "g" {
    constraint {
      operator = "distinct_hosts"
      value    = "true"
    }

    task "t" {
      driver = "mock_driver"

      config {
        run_for = "600s"
      }

      constraint {
        attribute = "${attr.nomad.version}"
        operator  = "semver"
        value     = ">= 1.6.0"
      }
    }
  }
}
