# SPDX-License-Identifier: GPL-3.0-or-later
job "np-artifact" {
  group "g" {
    count = 0

    task "t" {
      driver = "mock_driver"

      config {
        run_for = "600s"
      }

      artifact {
        source      = "http://127.0.0.1:1/model.tar.gz"
        destination = "local/model"
        mode        = "any"

        options {
          checksum = "md5:d41d8cd98f00b204e9800998ecf8427e"
        }

        headers {
          Accept = "application/gzip"
        }
      }
    }
  }
}
