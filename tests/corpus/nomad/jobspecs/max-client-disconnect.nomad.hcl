# SPDX-License-Identifier: GPL-3.0-or-later
job "np-max-client-disconnect" {
  group "g" {
    max_client_disconnect = "6h"

    task "t" {
      driver = "mock_driver"

      config {
        run_for = "600s"
      }
    }
  }
}
