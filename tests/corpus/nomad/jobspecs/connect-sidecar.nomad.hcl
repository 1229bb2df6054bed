# SPDX-License-Identifier: GPL-3.0-or-later
job "np-connect-sidecar" {
  group "g" {
    count = 0

    network {
      mode = "bridge"

      port "metrics" {
        to = 9105
      }
    }

    service {
      name = "np-connect-sidecar"
      port = "9001"

      check {
        type     = "http"
        path     = "/healthz"
        interval = "10s"
        timeout  = "2s"
        expose   = true
      }

      connect {
        sidecar_service {
          tags = ["proxy"]

          proxy {
            local_service_port = 9001

            upstreams {
              destination_name = "database"
              local_bind_port  = 9002

              mesh_gateway {
                mode = "local"
              }
            }

            expose {
              path {
                path            = "/metrics"
                protocol        = "http"
                local_path_port = 9105
                listener_port   = "metrics"
              }
            }

            config {
              protocol = "http"
            }
          }
        }

        sidecar_task {
          resources {
            cpu    = 60
            memory = 64
          }
        }
      }
    }

    task "t" {
      driver = "docker"

      config {
        image = "mlops-lab/debian:bookworm"
      }
    }
  }
}
