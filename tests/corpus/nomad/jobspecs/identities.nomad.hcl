# SPDX-License-Identifier: GPL-3.0-or-later
job "np-identities" {
  group "g" {
    task "t" {
      driver = "mock_driver"

      config {
        run_for = "600s"
      }

      identity {
        name        = "registry"
        aud         = ["registry.example.com"]
        file        = true
        ttl         = "1h"
        change_mode = "restart"
      }
    }
  }
}
