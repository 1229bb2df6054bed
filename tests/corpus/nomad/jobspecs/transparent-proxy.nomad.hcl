# SPDX-License-Identifier: GPL-3.0-or-later
job "np-transparent-proxy" {
  group "g" {
    count = 0

    network {
      mode = "bridge"
    }

    service {
      name = "np-transparent-proxy"
      port = "9001"

      connect {
        sidecar_service {
          proxy {
            transparent_proxy {
              uid                    = "101"
              outbound_port          = 15001
              exclude_inbound_ports  = ["9200"]
              exclude_outbound_ports = [5432]
            }
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
