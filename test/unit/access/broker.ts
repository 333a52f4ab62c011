import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import type { ManagedBroker } from "../../../components/brokers/broker";

/** A broker with TLS in the cluster, of two resources: `broker-ready` and `broker-data`. */
export function testBroker(scheme: "http" | "https" = "https"): ManagedBroker {
  const host = "rabbitmq.mq-test.svc";
  const resource = (name: string) => new random.RandomPassword(name, { length: 1 });
  return {
    endpoints: {
      management: { scheme, host, port: scheme === "https" ? 15671 : 15672 },
    },
    admin: { user: "mq-admin", password: pulumi.output("Admin-Password-1") },
    ready: resource("broker-ready"),
    data: resource("broker-data"),
  };
}
