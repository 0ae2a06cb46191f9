/** The configuration of the one Envoy that all chains run in: a listener for each. */

import { TYPE_URLS } from "../../controller/render/envoy/resource.ts";

/** An entry of `http_filters`. */
export interface HttpFilter {
  name: string;
  typed_config: { "@type": string; [field: string]: unknown };
}

/** What a listener is made of. */
interface ListenerInput {
  /** Its name, also in the names of its statistics. */
  id: string;
  /** In front of the router filter. */
  filters: HttpFilter[];
  routeName: string;
}

const ROUTER: HttpFilter = {
  name: "envoy.filters.http.router",
  typed_config: { "@type": TYPE_URLS.router },
};

/** The bootstrap, in the proto3 JSON mapping; every port is picked by the kernel. */
export function bootstrap(listeners: readonly ListenerInput[]): object {
  return {
    admin: { address: loopback() },
    static_resources: { listeners: listeners.map(listener) },
  };
}

function listener({ id, filters, routeName }: ListenerInput): object {
  const connectionManager = {
    "@type": TYPE_URLS.connectionManager,
    stat_prefix: id,
    route_config: {
      virtual_hosts: [
        {
          name: "bench",
          domains: ["*"],
          routes: [{ name: routeName, match: { prefix: "/" }, direct_response: { status: 200 } }],
        },
      ],
    },
    http_filters: [...filters, ROUTER],
  };
  return {
    name: id,
    address: loopback(),
    filter_chains: [
      {
        filters: [{ name: "envoy.filters.network.http_connection_manager", typed_config: connectionManager }],
      },
    ],
  };
}

function loopback(): object {
  return { socket_address: { address: "127.0.0.1", port_value: 0 } };
}
