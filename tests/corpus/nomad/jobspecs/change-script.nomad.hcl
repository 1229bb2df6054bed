# SPDX-License-Identifier: GPL-3.0-or-later
job "np-change-script" {
  group "g" {
    task "t" {
      driver = "docker"

      config {
        image   = "mlops-lab/debian:bookworm"
        command = "sleep"
        args    = ["600"]
      }

      template {
        data        = "word"
        destination = "local/word"
        change_mode = "script"

        change_script {
          command       = "/bin/true"
          args          = ["-v"]
          timeout       = "5s"
          fail_on_error = true
        }
      }

      resources {
        cpu    = 50
        memory = 32
      }
    }
  }
}
