# SPDX-License-Identifier: GPL-3.0-or-later
job "np-csi-plugin" {
  type = "system"

  constraint {
    attribute = "${attr.kernel.name}"
    value     = "none"
  }

  group "g" {
    task "t" {
      driver = "docker"

      config {
        image = "mlops-lab/debian:bookworm"
      }

      csi_plugin {
        id             = "np-csi"
        type           = "monolith"
        mount_dir      = "/csi"
        health_timeout = "40s"
      }
    }
  }
}
