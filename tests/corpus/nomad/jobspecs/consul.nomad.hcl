# SPDX-License-Identifier: GPL-3.0-or-later
job "np-consul" {
  group "g" {
    consul {
      cluster = "default"
    }

    task "t" {
      driver = "mock_driver"

      config {
        run_for = "600s"
      }

      template {
        data        = "{{ keyOrDefault \"np/word\" \"none\" }}"
        destination = "local/word"
      }
    }
  }
}
