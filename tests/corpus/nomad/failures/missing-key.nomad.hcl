# SPDX-License-Identifier: GPL-3.0-or-later
job "np-missing-key" {
  group "g" {
    update {
      min_healthy_time  = "1s"
      healthy_deadline  = "6s"
      progress_deadline = "7s"
    }

    task "t" {
      driver = "raw_exec"

      config {
        command = "/bin/sleep"
        args    = ["600"]
      }

      template {
        data        = "{{ with nomadVar \"nomad/jobs/np-missing-key\" }}{{ .word }}{{ end }}"
        destination = "local/word"
      }
    }
  }
}
