# SPDX-License-Identifier: GPL-3.0-or-later
job "np-gateway-terminating" {
  group "g" {
    count = 0

    network {
      mode = "bridge"
    }

    service {
      name = "np-gateway-terminating"

      connect {
        gateway {
          proxy {}

          terminating {
            service {
              name = "legacy"
            }
          }
        }
      }
    }
  }
}
