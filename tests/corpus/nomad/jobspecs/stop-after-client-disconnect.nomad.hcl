# SPDX-License-Identifier: GPL-3.0-or-later
job "np-stop-after-client-disconnect" {
  group "g" {
    stop_after_client_disconnect = "90s"

    task "t" {
      driver = "mock_driver"

      config {
        run_for = "600s"
      }
    }
  }
}
