import { createHmac } from "node:crypto";
import { propertiesFile } from "../java/properties";
import { brokerXml } from "./broker-xml";
import type { ArtemisConfig, ArtemisCredentials } from "./config";
import {
  loginConfig,
  loginName,
  rolesFile,
  rolesProperties,
  usersFile,
  usersProperties,
} from "./jaas";
import { log4j2Properties } from "../java/log4j2";
import { keyStore, keyStoreFile } from "./transport";
import { xml } from "./xml";

/** Names of the files of `etc`. */
export const artemisFileNames = [
  rolesFile,
  usersFile,
  "bootstrap.xml",
  "broker.xml",
  "log4j2.properties",
  "login.config",
  "management.xml",
  keyStoreFile,
] as const;

/** One of them. */
export type ArtemisFileName = (typeof artemisFileNames)[number];

/**
 * All that Artemis reads in `etc`, by file name; `tls.pemcfg` with TLS only. They hold hashes of passwords, and the one that
 * nodes show each other: files 0600, a Secret.
 *
 * @throws if a name means something else to the broker than it says, or a user has no password.
 * @see https://activemq.apache.org/components/artemis/documentation/2.44.0/configuration-index.html
 */
export function artemisFiles(
  config: ArtemisConfig,
  credentials: ArtemisCredentials,
): Partial<Record<ArtemisFileName, string>> {
  return {
    [rolesFile]: rolesProperties(config),
    [usersFile]: usersProperties(config, credentials),
    "bootstrap.xml": bootstrapXml(config.etc),
    "broker.xml": brokerXml(config, clusterPassword(credentials)),
    // The audit writes a line for each object that is looked at, by metrics too.
    "log4j2.properties": log4j2Properties({ name: "org.apache.activemq.audit", level: "off" }),
    "login.config": loginConfig(),
    "management.xml": managementXml(),
    ...(config.tls && { [keyStoreFile]: propertiesFile(keyStore(config.tls)) }),
  };
}

/**
 * `bootstrap.xml`: where logins and the broker's configuration are. Without `web` there is no console.
 */
function bootstrapXml(etc: string): string {
  return xml({
    broker: {
      "@xmlns": "http://activemq.apache.org/schema",
      "jaas-security": { "@domain": loginName },
      server: { "@configuration": `file:${etc}/broker.xml` },
    },
  });
}

/** `management.xml`: JMX within the process and no connector. */
function managementXml(): string {
  return xml({ "management-context": { "@xmlns": "http://activemq.apache.org/schema" } });
}

/** What nodes show each other; it follows from the administrator's password, which it does not give away. */
function clusterPassword({ admin }: ArtemisCredentials): string {
  return createHmac("sha256", admin.password).update("mq cluster").digest("hex");
}
