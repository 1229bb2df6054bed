# SPDX-License-Identifier: GPL-3.0-or-later
job "np-gateway-ingress" {
  group "g" {
    count = 0

    network {
      mode = "bridge"

      port "inbound" {
        static = 18080
      }
    }

    service {
      name = "np-gateway-ingress"
      port = "18080"

      connect {
        gateway {
          proxy {
            connect_timeout = "500ms"
          }

          ingress {
            listener {
              port     = 18080
              protocol = "tcp"

              service {
                name = "web"
              }
            }
          }
        }
      }
    }
  }
}
