# SPDX-License-Identifier: GPL-3.0-or-later
job "np-affinity" {
  affinity {
    attribute = "${node.class}"
    value     = "gpu"
    weight    = 50
  }

  group "g" {
    affinity {
      attribute = "${attr.kernel.name}"
      value     = "linux"
      weight    = -20
    }

    task "t" {
      driver = "mock_driver"

      config {
        run_for = "600s"
      }

      affinity {
        attribute = "${meta.rack}"
        operator  = "regexp"
        value     = "r[12]"
        weight    = 30
      }
    }
  }
}
