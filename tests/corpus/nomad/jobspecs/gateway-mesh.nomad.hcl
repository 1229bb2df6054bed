# SPDX-License-Identifier: GPL-3.0-or-later
job "np-gateway-mesh" {
  group "g" {
    count = 0

    network {
      mode = "bridge"

      port "mesh" {}
    }

    service {
      name = "np-gateway-mesh"
      port = "mesh"

      connect {
        gateway {
          proxy {}

          mesh {}
        }
      }
    }
  }
}
