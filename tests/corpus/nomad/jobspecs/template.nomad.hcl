# SPDX-License-Identifier: GPL-3.0-or-later
job "np-template" {
  group "g" {
    task "t" {
      driver = "mock_driver"

      config {
        run_for = "600s"
      }

      template {
        data          = "PORT={{ env \"NOMAD_ALLOC_INDEX\" }}\n"
        destination   = "local/app.env"
        env           = false
        perms         = "640"
        change_mode   = "signal"
        change_signal = "SIGHUP"
        splay         = "3s"

        wait {
          min = "2s"
          max = "10s"
        }
      }
    }
  }
}
