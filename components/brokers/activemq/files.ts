import { activeMqXml } from "./activemq-xml";
import { encryptionPasswordFile } from "./command";
import type { ActiveMqConfig, ActiveMqCredentials } from "./config";
import { keyStorePassword } from "./encryption";
import { groupsFile, groupsProperties, loginConfig, usersFile, usersProperties } from "./jaas";
import { log4j2Properties } from "../java/log4j2";

/** The file that holds the password of both PKCS12 files, as `openssl` and `keytool` read it: one line. */
export const keyStorePasswordFile = "key-store-password";

/**
 * All that ActiveMQ Classic reads in `etc`, by file name; the password of the key store with TLS only. They hold secrets:
 * files 0600, a Secret.
 *
 * @throws if a name means something else to the broker than it says, or a user has no password.
 * @see https://activemq.apache.org/components/classic/documentation/xml-configuration
 */
export function activeMqFiles(
  config: ActiveMqConfig,
  credentials: ActiveMqCredentials,
): Record<string, string> {
  const { admin, encryptionPassword } = credentials;
  const storePassword = keyStorePassword(encryptionPassword);
  return {
    "activemq.xml": activeMqXml(config, storePassword),
    "log4j2.properties": log4j2Properties({ name: "org.springframework", level: "warn" }),
    "login.config": loginConfig(),
    [usersFile]: usersProperties(config, credentials),
    [groupsFile]: groupsProperties(config, admin.user),
    [encryptionPasswordFile]: `${encryptionPassword}\n`,
    ...(config.tls && { [keyStorePasswordFile]: `${storePassword}\n` }),
  };
}
