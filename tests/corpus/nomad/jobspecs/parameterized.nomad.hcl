# SPDX-License-Identifier: GPL-3.0-or-later
job "np-parameterized" {
  type = "batch"

  parameterized {
    payload       = "optional"
    meta_required = ["input"]
    meta_optional = ["epochs"]
  }

  group "run" {
    task "run" {
      driver = "mock_driver"

      config {
        run_for = "1s"
      }

      dispatch_payload {
        file = "payload.json"
      }
    }
  }
}
