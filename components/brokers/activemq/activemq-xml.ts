import { create } from "xmlbuilder2";
import { authorizationEntries } from "../../access/activemq-authorization";
import { groups } from "../../access/rights";
import type { ActiveMqConfig, ActiveMqListener, ActiveMqTls } from "./config";
import { loginName } from "./jaas";
import { largestMessage } from "../../config/largest-message";

const namespaces = {
  beans: "http://www.springframework.org/schema/beans",
  core: "http://activemq.apache.org/schema/core",
  xsi: "http://www.w3.org/2001/XMLSchema-instance",
};

/** The broker checks the file against these; it has them by these addresses and fetches nothing. */
const schemas = [
  [namespaces.beans, `${namespaces.beans}/spring-beans.xsd`],
  [namespaces.core, `${namespaces.core}/activemq-core.xsd`],
]
  .flat()
  .join(" ");

/** Elements by name; what begins with `@` is an attribute. */
interface Elements {
  readonly [name: string]: string | Elements | readonly Elements[];
}

/**
 * `activemq.xml`, complete: nothing of the distribution's own is used, and there is no web console.
 *
 * @param storePassword - of the PKCS12 files, with TLS.
 * @throws if a name means something else to the broker than it says, or a listener has TLS and there are no certificates.
 * @see https://activemq.apache.org/components/classic/documentation/xml-configuration
 */
export function activeMqXml(config: ActiveMqConfig, storePassword: string): string {
  const openWire = config.listeners.some(({ protocol }) => protocol === "openwire");
  const broker: Elements = {
    "@xmlns": namespaces.core,
    "@brokerName": checkedBrokerName(config.brokerName),
    "@dataDirectory": config.data,
    "@persistent": "true",
    "@useJmx": "true",
    // The command that starts the broker stops it at SIGTERM.
    "@useShutdownHook": "false",
    "@schedulerSupport": "false",
    "@advisorySupport": String(openWire || config.acl === "compat"),
    // A share follows the disk, which others use too: looked at every minute, it shrinks and grows again.
    ...(config.storeBytes === undefined && {
      "@schedulePeriodForDiskUsageCheck": "60000",
      "@diskUsageCheckRegrowThreshold": "0",
    }),
    destinationPolicy: { policyMap: { policyEntries: policies } },
    // For JMX agents in the process; nothing listens.
    managementContext: { managementContext: { "@createConnector": "false" } },
    persistenceAdapter: { kahaDB: store(config.data) },
    systemUsage: { systemUsage: usage(config.storeBytes) },
    ...(config.tls && { sslContext: { sslContext: certificates(config.tls, storePassword) } }),
    destinations: {
      queue: config.queues.map(({ name }) => ({ "@physicalName": name })),
    },
    plugins: {
      jaasAuthenticationPlugin: { "@configuration": loginName },
      authorizationPlugin: { map: { authorizationMap: authorization(config, openWire) } },
      // What a sender did not mark as persistent would be gone with the process.
      forcePersistencyModeBrokerPlugin: { "@persistenceFlag": "true" },
    },
    transportConnectors: {
      transportConnector: config.listeners.map((listener) => connector(listener, config)),
    },
  };
  const beans: Elements = {
    "@xmlns": namespaces.beans,
    "@xmlns:xsi": namespaces.xsi,
    "@xsi:schemaLocation": schemas,
    broker,
  };
  const document = create({ version: "1.0", encoding: "UTF-8" }, { beans: literal(beans) });
  return `${document.end({ prettyPrint: true })}\n`;
}

/** The name as it is, unless the broker would take another one and say so at every start. */
function checkedBrokerName(name: string): string {
  if (/^[A-Za-z0-9._:-]+$/.test(name)) return name;
  throw new Error(
    `the broker's name ${name} has other signs than letters, digits and . _ : -; change it`,
  );
}

/**
 * The same elements with texts that arrive as they are: Spring would compute what looks like an expression, `#{…}`, and the
 * XML library decodes what it is given and then leaves alone what looks escaped already.
 */
function literal<T extends Elements[string]>(value: T): T;
function literal(value: Elements[string]): Elements[string] {
  if (typeof value === "string") {
    return value.replaceAll("#{", "#{'#{'}").replaceAll("&", "&#38;amp;");
  }
  if (Array.isArray(value)) return value.map((each: Elements) => literal(each));
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, literal(each)]));
}

const policies: Elements = {
  policyEntry: {
    "@queue": ">",
    // A message that a client rejects or that expires is kept, whatever it was sent as.
    deadLetterStrategy: { sharedDeadLetterStrategy: { "@processNonPersistent": "true" } },
  },
};

/** A message is confirmed when it is synced. */
function store(data: string): Elements {
  return { "@directory": `${data}/kahadb`, "@journalDiskSyncStrategy": "always" };
}

/** Shares of memory and disk, and a little for what is not on it: here everything is. */
function usage(storeBytes: number | undefined): Elements {
  return {
    memoryUsage: { memoryUsage: { "@percentOfJvmHeap": "60" } },
    storeUsage: {
      storeUsage:
        storeBytes === undefined
          ? { "@percentLimit": "10" }
          : { "@limit": String(Math.floor(storeBytes)) },
    },
    tempUsage: { tempUsage: { "@limit": String(64 * 1024 * 1024) } },
  };
}

function certificates(tls: ActiveMqTls, password: string): Elements {
  return {
    "@keyStore": `file:${tls.keyStore}`,
    "@keyStoreType": "PKCS12",
    "@keyStorePassword": password,
    "@trustStore": `file:${tls.trustStore}`,
    "@trustStoreType": "PKCS12",
    "@trustStorePassword": password,
  };
}

function authorization(config: ActiveMqConfig, openWire: boolean): Elements {
  const { extraAuthorizationEntries: extra } = config;
  return {
    authorizationEntries: {
      authorizationEntry: authorizationEntries(config, extra, openWire).map(
        ({ queue, topic, read, write, admin }) => ({
          ...(queue !== undefined && { "@queue": queue }),
          ...(topic !== undefined && { "@topic": topic }),
          "@read": read,
          "@write": write,
          "@admin": admin,
        }),
      ),
    },
    // Without it, temporary destinations are everybody's.
    tempDestinationAuthorizationEntry: {
      tempDestinationAuthorizationEntry: {
        "@read": groups.administrators,
        "@write": groups.administrators,
        "@admin": groups.administrators,
      },
    },
  };
}

/** What a frame may hold beside its message: headers. */
const headroom = 1024 * 1024;

/** URI schemes, and the options of a connector for messages of that many bytes at most. */
const protocols = {
  stomp: {
    plain: "stomp",
    tls: "stomp+ssl",
    options: (largest: number) => [`wireFormat.maxDataLength=${String(largest)}`],
  },
  amqp: {
    plain: "amqp",
    tls: "amqp+ssl",
    options: (largest: number) => [
      `wireFormat.maxFrameSize=${String(largest + headroom)}`,
      // Else a client of another protocol would get the bytes of AMQP for a message.
      "transport.transformer=jms",
    ],
  },
  openwire: {
    plain: "tcp",
    tls: "ssl",
    options: (largest: number) => [`wireFormat.maxFrameSize=${String(largest + headroom)}`],
  },
} as const;

function connector(listener: ActiveMqListener, { tls, heapBytes }: ActiveMqConfig): Elements {
  const { plain, tls: secure, options: limits } = protocols[listener.protocol];
  const host = listener.host.includes(":") ? `[${listener.host}]` : listener.host;
  const options = limits(largestMessage(heapBytes));
  if (listener.tls) {
    if (tls === undefined) {
      throw new Error(
        `the ${listener.protocol} listener has TLS, and there are no certificates; give them`,
      );
    }
    options.push("transport.enabledProtocols=TLSv1.3,TLSv1.2");
    options.push(`needClientAuth=${String(tls.clientCertificates)}`);
  }
  const scheme = listener.tls ? secure : plain;
  return {
    "@name": scheme,
    "@uri": `${scheme}://${host}:${String(listener.port)}?${options.join("&")}`,
  };
}
