# SPDX-License-Identifier: GPL-3.0-or-later
job "np-csi-volume" {
  group "g" {
    count = 0

    volume "data" {
      type            = "csi"
      source          = "np-data"
      access_mode     = "single-node-writer"
      attachment_mode = "file-system"
      read_only       = false

      mount_options {
        fs_type     = "ext4"
        mount_flags = ["noatime"]
      }
    }

    task "t" {
      driver = "docker"

      config {
        image = "mlops-lab/debian:bookworm"
      }

      volume_mount {
        volume      = "data"
        destination = "/data"
      }
    }
  }
}
